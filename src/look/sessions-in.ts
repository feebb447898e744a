import { withProcess } from '../kernel/procfs.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { ownersFirst, type SessionTag } from '../model/session-tag.ts';
import type { MachineLook } from './machine-look.ts';

/** A namespace, and who was seen in it. */
export interface Inhabited {
  readonly pids: readonly number[];
  /** Its link in /proc/<pid>/ns, `mnt:[N]`; null where that may not be seen. */
  readonly link: string | null;
}

/**
 * The sessions with a process in a namespace, those whose own process is there first.
 * Between the look and now a number may have come to another process, or its process to another namespace.
 *
 * Source: /proc/<pid>/ns; what the look has seen
 * Needs:  nothing; of a process that does not tell its namespace it is not checked again
 */
export function sessionsIn(look: MachineLook, { pids, link }: Inhabited): SessionTag[] {
  const tags = pids.map((pid): SessionTag | null => {
    const known = look.stats.get(pid);
    if (known !== undefined && look.tagOf(known) === null) return null;
    const tag = withProcess(look.machine.procfs, pid, (held): Outcome<SessionTag | null> => {
      const now = link === null ? null : valueOrNull(held.readlink(`ns/${link.slice(0, link.indexOf(':'))}`));
      return value(now !== null && now !== link ? null : look.tagOfHeld(held));
    });
    return valueOrNull(tag);
  });
  return ownersFirst(tags);
}
