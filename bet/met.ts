import type { Milliseconds, Mishap, MishapKind, Wrong } from './model.ts';
import type { Happened } from './world/contract.ts';

/** What can make a row wrong in each way. A client that goes away, or a server that comes, ends and moves nobody. */
const CAN_CAUSE: Readonly<Record<Wrong, ReadonlySet<MishapKind>>> = {
  'dead called alive': new Set([
    'kill',
    'oom',
    'exit',
    'exec-shell',
    'move',
    'respawn',
    'number-reused',
    'server-killed',
    'start',
  ]),
  'alive called dead': new Set(['start', 'exec', 'respawn', 'move', 'server-killed', 'starved', 'database-outage']),
  'wrong pid': new Set(['start', 'exec', 'respawn', 'move', 'number-reused']),
  'wrong pane': new Set(['start', 'respawn', 'move', 'server-killed']),
};

/**
 * The newest mishap before that moment which has to do with it; where none can be the cause, the newest that the session met.
 *
 * @returns it with the time at which it began in fact, on the clock of `happened`
 */
export function mishapBefore(
  at: Milliseconds,
  { session, wrong }: { readonly session: string; readonly wrong: Wrong },
  happened: readonly Happened[],
): Mishap | null {
  const met = happened
    .filter(({ from, sessions }) => from <= at && sessions.includes(session))
    .sort((one, other) => one.from - other.from);
  const found = met.findLast(({ mishap }) => CAN_CAUSE[wrong].has(mishap.kind)) ?? met.at(-1);
  return found ? { ...found.mishap, at: found.from } : null;
}
