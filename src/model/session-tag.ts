import type { Session } from './session.ts';

/**
 * Why a process counts to a session:
 * - `owner`: it is the session, or, where several claim a home and nobody owns it, one of them;
 * - `ancestry`: its parents, as the kernel has them now, lead to that process;
 * - `session_id`: its own parent has ended, or one of its parents' has, and the kernel session (setsid(2)) that this
 *   one is in was made by a process of the session;
 * - `cgroup`: it, or one of its parents, has lost its parent, and is in a control group that is this session's alone.
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

/** The same, those first whose own process is among them. */
export function ownersFirst(tags: readonly (SessionTag | null)[]): SessionTag[] {
  return distinctTags([...tags.filter((tag) => tag?.by === 'owner'), ...tags]);
}
