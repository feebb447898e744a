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
      const read = facts.get(ancestor.pid) ?? null;
      if (!leadsOn(ancestor, read, below)) break;
      const above = byPid.get(ancestor.pid);
      if (above && launches(ancestor, read) && !reasons.has(above)) {
        reasons.set(above, `started ${candidate.facts.stat.pid}, which is a candidate itself`);
      }
      below = ancestor;
    }
  }
  return reasons;
}

function launches(stat: ProcessStat, read: ProcessFacts | null): boolean {
  return read ? isLauncher(programOf(read)) : isLauncherStat(stat);
}

/** Whether an ancestor may have been started by what a launcher above has started: else the way up ends at it. */
export function leadsOn(ancestor: ProcessStat, read: ProcessFacts | null, below: ProcessStat): boolean {
  return launches(ancestor, read) || shareTerminal(ancestor, below);
}
