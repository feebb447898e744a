import type { MachineLook } from '../look/machine-look.ts';
import { type CoverageReason, HARMLESS_REASONS } from '../model/coverage.ts';
import type { Session } from '../model/session.ts';

/**
 * Whether what a relation could not read may have held a row of these sessions: it was of one of their processes, or of
 * nobody who is known by number.
 */
export function hidesRowsOf(look: MachineLook, sessions: ReadonlySet<Session>): boolean {
  return gapsOf(look, sessions).length > 0;
}

/** Those gaps, of their processes alone. */
export function gapsOf(look: MachineLook, sessions: ReadonlySet<Session>): CoverageReason[] {
  return look.log.reasons().flatMap((reason) => {
    if (HARMLESS_REASONS.has(reason.code)) return [];
    const pids = reason.pids.filter((pid) => countsTo(look, pid, sessions));
    const nameless = reason.count - reason.pids.length;
    return pids.length + nameless > 0 ? [{ code: reason.code, count: pids.length + nameless, pids }] : [];
  });
}

/** A process that was born since the look is nobody's yet, and may be theirs; so may one whose parents have ended. */
function countsTo(look: MachineLook, pid: number, sessions: ReadonlySet<Session>): boolean {
  const stat = look.stats.get(pid);
  if (stat === undefined) return true;
  const tag = look.tagOf(stat);
  if (tag !== null) return sessions.has(tag.session);
  return look.mayCountTo(stat).some((session) => sessions.has(session));
}
