import type { Session } from '../model/session.ts';
import { type Comparable, isSame } from './events.ts';
import { paneOf } from './pane.ts';
import type { StoredRow } from './row.ts';
import { storedText } from './stored-text.ts';

/** What one look leaves to be worked out. */
export interface Sorted {
  /** The names whose rows already say what the kernel says. */
  readonly settled: ReadonlySet<string>;
  /** The other rows. */
  readonly open: readonly StoredRow[];
}

/**
 * Sets aside the rows that already say what the kernel says. Nearly all do at nearly every look: these are known by the
 * comparison alone, and nothing else is worked out for them.
 */
export function setAsideSettled(sessions: ReadonlyMap<string, Session>, rows: readonly StoredRow[]): Sorted {
  const settled = new Set<string>();
  const open: StoredRow[] = [];
  for (const row of rows) {
    const session = sessions.get(row.name);
    if (session && isSettled(row, session)) settled.add(row.name);
    else open.push(row);
  }
  return { settled, open };
}

function isSettled(row: StoredRow, session: Session): boolean {
  return session.verdict === 'alive' && session.pid === row.pid && isSame(row, comparableOf(session, row.pane));
}

/**
 * What is compared of a session with one owner, as its row would say it.
 * @param storedPane what a row of the same process says of its pane, which stays where that is not known
 */
export function comparableOf(session: Session, storedPane: string | null): Comparable {
  const { bootId, pid, startTimeTicks, exe, terminal, home, homeId } = session;
  return {
    bootId,
    pid,
    startTimeTicks,
    status: 'alive',
    terminal: terminal?.name ?? null,
    pane: paneOf(session, storedPane),
    home: home && storedText(home),
    homeId,
    exe,
  };
}
