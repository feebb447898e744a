import { claim as claimSession, type SessionClaim } from '../../act/claim.ts';
import { isRefusal } from '../../model/refusal.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { CLAIM } from '../../relations/claims.ts';
import { toWire, type WireObject } from '../../relations/wire.ts';
import { findToAct } from '../act-on.ts';
import { type Call, formatOf } from '../call.ts';
import { refused } from '../refused.ts';
import { escapeCell, escapeField } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { tsvLine } from '../render/tsv.ts';
import { commandIn, holdClaim, underClaim } from '../under-claim.ts';

/** `plumb claim NAME [-- COMMAND…]`: has a session for itself while COMMAND runs, or until it is told to let go. */
export async function claim(call: Call, [name = '', ...words]: readonly string[]): Promise<number> {
  const command = commandIn(words, 'plumb claim NAME -- COMMAND…');
  const found = await findToAct(call, name, 'claims');
  if (typeof found === 'number') return found;
  const { session, commands } = found;
  const { output } = call;
  const claimed = await claimSession(session, { commands });
  if (isRefusal(claimed)) return refused(output, claimed);
  if (command) return underClaim(output, claimed, command);
  return holdClaim(claimed, () => tellClaim(call, claimed, found.snapshot));
}

/** One line, or one object: what reads it may act on the session until it closes our stdin. */
export function tellClaim(call: Call, { session }: SessionClaim, snapshot: Snapshot, more: WireObject = {}): void {
  const { output } = call;
  const format = formatOf(call);
  if (format === 'json') {
    output.data(answerJson(snapshot, { claim: toWire(CLAIM, session), ...more }, output.isTerminal));
  } else if (format === 'tsv') {
    output.data(tsvLine([escapeField(session.name), `${session.pid ?? ''}`, escapeField(session.home)]));
  } else {
    const what = `${escapeCell(session.name)} is claimed: pid ${session.pid}, home ${escapeCell(session.home)}`;
    output.data(`${what} (until Ctrl-D or Ctrl-C)\n`);
  }
}
