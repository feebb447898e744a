import type { ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { SessionTag } from '../model/session-tag.ts';
import type { ByteString } from '../model/text.ts';

/** What membership is worked out from. */
export interface Population {
  readonly sessions: readonly Session[];
  /** Every process of the look. */
  readonly stats: ReadonlyMap<number, ProcessStat>;
  /** Where a process is in the hierarchy of control groups; null where it is at the root, or that was not seen. */
  readonly cgroupOf: (pid: number) => ByteString | null;
}

/** A control group that holds one session and nothing else. */
export interface OwnCgroup {
  readonly path: ByteString;
  readonly session: Session;
}

/**
 * The control groups that a session has for itself, as a container or a scope for each pane gives them.
 * A login's scope is none: what has opened the terminal (sshd, a multiplexer) is in it as well, and so are the programs
 * of other terminals, which are no part of the session.
 */
export function ownCgroups(
  { sessions, stats, cgroupOf }: Population,
  tagOf: (stat: ProcessStat) => SessionTag | null,
): OwnCgroup[] {
  const placed = sessions.flatMap((session) => {
    const root = session.pid === null ? undefined : stats.get(session.pid);
    const path = root ? cgroupOf(root.pid) : null;
    return root && path !== null ? [{ session, root, path }] : [];
  });
  return placed.filter(({ session, root, path }) => {
    const isIn = (pid: number) => {
      const other = cgroupOf(pid);
      return other !== null && (other === path || other.startsWith(`${path}/`));
    };
    if (placed.some((it) => it.session !== session && (it.path === path || it.path.startsWith(`${path}/`))))
      return false;
    const leader = stats.get(root.sid);
    if (!leader || isIn(leader.ppid)) return false;
    // Whatever is on another terminal was not started by this session, or it would be known as its descendant.
    const strangers = [...stats.values()].filter((it) => it.ttyNr !== 0 && it.sid !== root.sid);
    return !strangers.some((it) => isIn(it.pid) && tagOf(it)?.session !== session);
  });
}
