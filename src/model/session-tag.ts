import type { Session } from './session.ts';

/**
 * Why a process counts to a session:
 * - `owner`: it is the session, or, where several claim a home, one of them;
 * - `ancestry`: it descends from that process;
 * - `session_id`: its parent has ended, and the kernel session (setsid(2)) that it is in was made below that process,
 *   or is that process's own and the process is younger;
 * - `cgroup`: it is in the control group that this session has for itself.
 */
export type JoinedBy = 'owner' | 'ancestry' | 'session_id' | 'cgroup';

/** That a process counts to a session, and why. */
export interface SessionTag {
  readonly session: Session;
  readonly by: JoinedBy;
}

/** A row that belongs to sessions: to none, to one, or, as a shared socket, to several. */
export interface Joined {
  readonly sessions: readonly SessionTag[];
}

/** The sessions behind some tags, each once, in the order in which they come. */
export function distinctTags(tags: Iterable<SessionTag | null>): SessionTag[] {
  const known = new Map<Session, SessionTag>();
  for (const tag of tags) if (tag !== null && !known.has(tag.session)) known.set(tag.session, tag);
  return [...known.values()];
}
