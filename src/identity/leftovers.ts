import type { ProcessStat } from '../model/process.ts';
import { ancestorsOf } from './ancestry.ts';
import type { Candidate, Reasons } from './candidates.ts';

/**
 * Rule 3: the tool of an agent that has ended. It has lost its parents within its kernel session, and its group has
 * lost its leader and is known not to be in the foreground. A job of a living shell is none, even if the first of its
 * pipeline has ended; and an unknown foreground (tpgid ≤ 0) proves nothing.
 * In a group that somebody else leads it can be a tool as well as an agent that a subshell started, and the kernel does
 * not tell them apart: it gives way to another claimant of its home, and only to that.
 */
export function leftovers(candidates: readonly Candidate[], stats: ReadonlyMap<number, ProcessStat>): Reasons {
  const reasons = new Map<Candidate, string>();
  const orphans = candidates.filter((it) => isOrphanOnTerminal(it.facts.stat, stats));
  for (const candidate of orphans) {
    const { stat, groupLeader } = candidate.facts;
    if (groupLeader === 'gone' && stat.tpgid > 0 && stat.tpgid !== stat.pgid) {
      reasons.set(candidate, `the leader of its process group, ${stat.pgid}, has ended, and it is in the background`);
    } else if (groupLeader === 'present' && hasRival(candidate, candidates, orphans)) {
      const led = `${stat.pgid} leads its process group, and no line of parents leads to it`;
      reasons.set(candidate, `its parent has ended; ${led}`);
    }
  }
  return reasons;
}

function isOrphanOnTerminal(stat: ProcessStat, stats: ReadonlyMap<number, ProcessStat>): boolean {
  return stat.ttyNr !== 0 && stat.pid !== stat.pgid && stat.pid !== stat.sid && isOrphan(stat, stats);
}

/** Somebody else claims the same home, and is no orphan. */
function hasRival({ home }: Candidate, candidates: readonly Candidate[], orphans: readonly Candidate[]): boolean {
  return candidates.some((other) => other.home === home && !orphans.includes(other));
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
