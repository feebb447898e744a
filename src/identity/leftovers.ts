import type { Candidate, Reasons } from './candidates.ts';

/**
 * Rule 3: a candidate whose process group has lost its leader, and which is known not to be in the foreground, is
 * the tool of an agent that has ended. An unknown foreground (tpgid ≤ 0) proves nothing.
 */
export function leftovers(candidates: readonly Candidate[]): Reasons {
  const reasons = new Map<Candidate, string>();
  for (const candidate of candidates) {
    const { stat, groupLeader } = candidate.facts;
    if (groupLeader === 'gone' && stat.tpgid > 0 && stat.tpgid !== stat.pgid) {
      reasons.set(candidate, `the leader of its process group, ${stat.pgid}, has ended, and it is in the background`);
    }
  }
  return reasons;
}
