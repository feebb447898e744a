import type { Milliseconds, Mishap, MishapKind, Wrong } from './model.ts';

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

/** The newest mishap before that moment which has to do with it; where none can be the cause, the newest that the session met. */
export function mishapBefore(
  at: Milliseconds,
  { session, wrong }: { readonly session: string; readonly wrong: Wrong },
  mishaps: readonly Mishap[],
): Mishap | null {
  const met = metBy(session, mishaps).filter((mishap) => mishap.at <= at);
  return met.findLast(({ kind }) => CAN_CAUSE[wrong].has(kind)) ?? met.at(-1) ?? null;
}

/** All that a session has met: what was done to it, to the server that it was on, and to the whole host. */
export function metBy(session: string, mishaps: readonly Mishap[]): readonly Mishap[] {
  let server: string | null = null;
  return [...mishaps]
    .sort((one, other) => one.at - other.at)
    .filter((mishap) => {
      if ('session' in mishap && mishap.session === session && 'server' in mishap) server = mishap.server;
      if ('session' in mishap) return mishap.session === session;
      return 'server' in mishap ? mishap.server === server : true;
    });
}
