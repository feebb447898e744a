import type { Incumbent } from '../model/incumbent.ts';
import type { ProcessStat } from '../model/process.ts';
import type { Candidate } from './candidates.ts';

/** A row's process; a bare pid is whoever has the number. */
type RowKey = Pick<Incumbent, 'pid' | 'startTimeTicks'>;

/** Who owns a home, or why that cannot be told. */
export type Election =
  | { readonly owner: Candidate; readonly reason: string }
  | { readonly owner: null; readonly reason: string };

/**
 * Rule 4: one claimant owns the home; of several the one that a row already names; else the only one in a foreground
 * group; else nobody, and a person settles it.
 * @param claimants at least one
 * @param incumbent the process that the registry's row names, where there is one
 */
export function elect(claimants: readonly Candidate[], incumbent: RowKey | null): Election {
  const only = claimants[0];
  if (only && claimants.length === 1) return { owner: only, reason: 'it is the only claimant' };
  const named = incumbent && claimants.find((candidate) => isIncumbent(candidate, incumbent));
  if (named) return { owner: named, reason: `of ${claimants.length} claimants the registry's row names it` };
  const foreground = claimants.filter((candidate) => isForeground(candidate.facts.stat) === true);
  const front = foreground[0];
  if (front && foreground.length === 1 && claimants.every((candidate) => isForeground(candidate.facts.stat) !== null)) {
    return { owner: front, reason: `of ${claimants.length} claimants only it is in its terminal's foreground` };
  }
  return {
    owner: null,
    reason: `${claimants.length} processes claim it, ${foreground.length} of them in the foreground`,
  };
}

/** Whether a process is in its terminal's foreground group; null where that is unknown (tpgid ≤ 0). */
export function isForeground(stat: ProcessStat): boolean | null {
  if (stat.ttyNr === 0) return false;
  return stat.tpgid > 0 ? stat.tpgid === stat.pgid : null;
}

/** Whether a candidate is the process that a key names; of this boot, which the caller has made sure of. */
export function isIncumbent({ facts: { stat } }: Candidate, key: RowKey): boolean {
  return stat.pid === key.pid && (key.startTimeTicks ?? stat.startTimeTicks) === stat.startTimeTicks;
}
