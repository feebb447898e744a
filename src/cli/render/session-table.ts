import { describeHolder } from '../../identity/claims.ts';
import { paneWord } from '../../model/pane.ts';
import type { Session } from '../../model/session.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { formatAge } from './age.ts';

import { escapeCell } from './escape.ts';
import { type Cell, renderTable, type TableLayout } from './table.ts';

const HEADINGS = ['NAME', 'PID', 'TTY', 'PANE', 'STATE', 'AGE', 'IDLE', 'COMMAND'];

/** The letters of stat in one word each. */
const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'blocked',
  T: 'stopped',
  t: 'traced',
  I: 'idle',
  Z: 'threads only',
};

const NOTHING: Cell = { text: '-', style: 'dim' };

/**
 * The sessions for a person: one line each, those without a single owner too. Who has claimed them stands there only
 * where somebody has, so that the usual table stays narrow.
 */
export function sessionTable(
  sessions: readonly Session[],
  { observedAt }: Pick<Snapshot, 'observedAt'>,
  layout: Omit<TableLayout, 'headings'> & { readonly headings: boolean },
): string {
  const hasClaims = sessions.some(({ claimedBy }) => claimedBy !== null && claimedBy.length > 0);
  const rows = sessions.map((session): Cell[] => [
    { text: escapeCell(session.name), style: 'bold' },
    cellOf(session.pid),
    cellOf(session.terminal?.name),
    paneCell(session),
    stateCell(session),
    cellOf(session.startedAt && formatAge(session.startedAt, observedAt)),
    cellOf(idleFor(session, observedAt)),
    cellOf(session.command && escapeCell(session.command)),
    ...(hasClaims ? [cellOf(claimOf(session))] : []),
    cellOf(session.cwd && escapeCell(session.cwd)),
  ]);
  const headings = [...HEADINGS, ...(hasClaims ? ['CLAIMED BY'] : []), 'CWD'];
  return renderTable(rows, { ...layout, headings: layout.headings ? headings : null });
}

function claimOf({ claimedBy }: Session): string | null {
  const first = claimedBy?.[0];
  return first ? escapeCell({ text: describeHolder(first), base64: null }) : null;
}

function cellOf(value: string | number | null | undefined): Cell {
  return value === null || value === undefined || value === '' ? NOTHING : { text: String(value) };
}

/** A pane that could not be found out is not one that is not there. */
function paneCell({ pane }: Session): Cell {
  if (pane?.kind === 'unknown') return { text: '?', style: 'yellow' };
  return pane?.kind === 'pane' ? { text: escapeCell(paneWord(pane.pane)) } : NOTHING;
}

/** Since its terminal was last read from or written to, whichever is later. */
function idleFor({ lastInputAt, lastOutputAt }: Session, observedAt: Date): string | null {
  if (lastInputAt === null || lastOutputAt === null) return null;
  return formatAge(lastInputAt > lastOutputAt ? lastInputAt : lastOutputAt, observedAt);
}

function stateCell({ verdict, state }: Session): Cell {
  if (verdict !== 'alive') return { text: verdict, style: 'yellow' };
  if (state === null) return NOTHING;
  const text = STATES[state] ?? state;
  return state === 'S' || state === 'R' ? { text } : { text, style: 'yellow' };
}
