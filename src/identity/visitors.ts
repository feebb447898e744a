import type { ProcessStat } from '../model/process.ts';
import { ancestorsOf, shareTerminal } from './ancestry.ts';
import type { Candidate, Reasons } from './candidates.ts';

/**
 * Rule 2: a candidate that another candidate started, of whatever home, is that one's work and owns nothing.
 * An agent on a terminal of its own is a session of its own, whoever started it; without any terminal it is not.
 */
export function visitors(candidates: readonly Candidate[], stats: ReadonlyMap<number, ProcessStat>): Reasons {
  const byPid = new Map(candidates.map((candidate) => [candidate.facts.stat.pid, candidate]));
  const reasons = new Map<Candidate, string>();
  for (const candidate of candidates) {
    const host = hostByAncestry(candidate, byPid, stats) ?? hostByGroup(candidate, byPid, stats);
    if (host) {
      const { pid } = host.facts.stat;
      reasons.set(candidate, `it belongs to ${pid} (${host.command}), which is a candidate for ${host.home.name}`);
    }
  }
  return reasons;
}

function hostByAncestry(
  candidate: Candidate,
  byPid: ReadonlyMap<number, Candidate>,
  stats: ReadonlyMap<number, ProcessStat>,
): Candidate | null {
  const { stat } = candidate.facts;
  for (const ancestor of ancestorsOf(stat, stats)) {
    const host = byPid.get(ancestor.pid);
    if (host && (stat.ttyNr === 0 || shareTerminal(stat, host.facts.stat))) return host;
  }
  return null;
}

/**
 * The shell between an agent and its tool may be gone, and the tool's parent is then init. Its process group still
 * says whose job it is: it is led by the agent. Only for orphans: in `a | b` from one shell neither is the other's.
 */
function hostByGroup(
  candidate: Candidate,
  byPid: ReadonlyMap<number, Candidate>,
  stats: ReadonlyMap<number, ProcessStat>,
): Candidate | null {
  const { stat } = candidate.facts;
  const leader = byPid.get(stat.pgid);
  if (!leader || leader === candidate || !shareTerminal(stat, leader.facts.stat)) return null;
  const parent = stats.get(stat.ppid);
  const orphaned = parent !== undefined && parent.sid !== stat.sid;
  return orphaned ? leader : null;
}
