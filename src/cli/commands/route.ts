import { route as routeTo } from '../../act/route.ts';
import { requireSessions } from '../../model/require-sessions.ts';
import type { Considered } from '../../model/route.ts';
import { CONSIDERED } from '../../relations/claims.ts';
import { toWire } from '../../relations/wire.ts';
import { type Call, look } from '../call.ts';
import { refused } from '../refused.ts';
import { escapeCell, escapeMessage } from '../render/escape.ts';
import { renderTable } from '../render/table.ts';
import { commandIn, holdClaim, underClaim } from '../under-claim.ts';
import { parseCondition } from '../where.ts';
import { tellClaim } from './claim.ts';

/** The options of `plumb route`. */
export interface RouteFlags {
  readonly where?: readonly string[];
}

const HEADINGS = ['NAME', 'PID', 'ACTIVITY', 'IDLE', 'NOT TAKEN', 'WHY'];

/** `plumb route [--where …] [-- COMMAND…]`: claims a free session, the longest idle one. */
export async function route(call: Call, words: readonly string[], flags: RouteFlags): Promise<number> {
  const command = commandIn(words, 'plumb route -- COMMAND…');
  const where = (flags.where ?? []).map(parseCondition);
  const { snapshot, settings } = await look(call, { proveAbsence: false, identifyPrograms: true, claims: true });
  const commands = requireSessions(settings, 'claims');
  const { output } = call;
  const routed = await routeTo(snapshot, { commands, where });
  const considered = routed.considered.map((it) => toWire(CONSIDERED, it));
  if (routed.outcome === 'refused') {
    return refused(output, routed, { lines: consideredTable(routed.considered), fields: { considered } });
  }
  if (command) return underClaim(output, routed.claim, command);
  const { claim } = routed;
  return holdClaim(claim, () => tellClaim(call, claim, snapshot, { considered }));
}

function consideredTable(considered: readonly Considered[]): string {
  if (considered.length === 0) return '';
  const rows = considered.map(({ session, activity, passedOver, message }) => {
    const idle = activity?.idleSeconds == null ? '-' : `${Math.floor(activity.idleSeconds)}s`;
    const cells = [escapeCell(session.name), `${session.pid ?? '-'}`, activity?.state ?? '-', idle];
    return [...cells, passedOver ?? '-', escapeMessage(message)].map((text) => ({ text }));
  });
  return renderTable(rows, { headings: HEADINGS, color: false, width: null });
}
