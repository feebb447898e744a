import type { ProcessStat } from '../model/process.ts';
import { ancestorsOf } from './ancestry.ts';
import type { Candidate, Reasons } from './candidates.ts';

/**
 * Rule 3: the tool of an agent that has ended. It has lost its parents within its kernel session, and either its
 * group has lost its leader and is known not to be in the foreground, or its group is led by somebody else who did
 * not start it. A job of a living shell is none, even if the first of its pipeline has ended; and an unknown
 * foreground (tpgid ≤ 0) proves nothing.
 */
export function leftovers(candidates: readonly Candidate[], stats: ReadonlyMap<number, ProcessStat>): Reasons {
  const reasons = new Map<Candidate, string>();
  for (const candidate of candidates) {
    const { stat, groupLeader } = candidate.facts;
    if (stat.ttyNr === 0 || stat.pid === stat.pgid || stat.pid === stat.sid || !isOrphan(stat, stats)) continue;
    if (groupLeader === 'gone' && stat.tpgid > 0 && stat.tpgid !== stat.pgid) {
      reasons.set(candidate, `the leader of its process group, ${stat.pgid}, has ended, and it is in the background`);
    } else if (groupLeader === 'present') {
      reasons.set(candidate, `its parent has ended, and ${stat.pgid}, which leads its process group, did not start it`);
    }
  }
  return reasons;
}

/** No line of parents leads to the leader of its kernel session. */
function isOrphan(stat: ProcessStat, stats: ReadonlyMap<number, ProcessStat>): boolean {
  const parent = stats.get(stat.ppid);
  // A parent that cannot be seen may be the shell.
  if (!parent) return stat.ppid === 1;
  for (const ancestor of ancestorsOf(stat, stats)) {
    if (ancestor.sid !== stat.sid) return true;
    if (ancestor.pid === stat.sid) return false;
  }
  return false;
}
