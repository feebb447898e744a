import type { ProcessFacts, ProcessStat } from '../model/process.ts';
import { ancestorsOf, shareTerminal } from './ancestry.ts';
import type { Candidate, Reasons } from './candidates.ts';
import { isLauncher, isLauncherStat } from './launcher-programs.ts';
import { programOf } from './program.ts';

/**
 * Rule 1: a launcher or shell never owns a home while a candidate descends from it, on its terminal or on one that
 * launchers opened on the way (`script`, `sudo` with a pty of its own).
 */
export function launchersAbove(
  candidates: readonly Candidate[],
  stats: ReadonlyMap<number, ProcessStat>,
  facts: ReadonlyMap<number, ProcessFacts>,
): Reasons {
  const byPid = new Map(candidates.map((candidate) => [candidate.facts.stat.pid, candidate]));
  const reasons = new Map<Candidate, string>();
  for (const candidate of candidates) {
    let below = candidate.facts.stat;
    for (const ancestor of ancestorsOf(candidate.facts.stat, stats)) {
      const read = facts.get(ancestor.pid);
      const launcher = read ? isLauncher(programOf(read)) : isLauncherStat(ancestor);
      if (!launcher && !shareTerminal(ancestor, below)) break;
      const above = byPid.get(ancestor.pid);
      if (above && launcher && !reasons.has(above)) {
        reasons.set(above, `started ${candidate.facts.stat.pid}, which is a candidate itself`);
      }
      below = ancestor;
    }
  }
  return reasons;
}
