import { homeKey } from '../../model/home.ts';
import type { HomeReport, Snapshot } from '../../model/snapshot.ts';

/** A home, and which of two looks says it. */
export interface HomeSeen {
  readonly report: HomeReport;
  readonly observedAt: Date;
}

/**
 * The homes of a look whose absences nobody has proven, with what a later look has proven. Which sessions there are is still
 * what the first one says: where the later one sees another owner, or one where there was none, the home stays as it was.
 */
export function homesWithProof(first: Snapshot, later: Snapshot): HomeSeen[] {
  const reports = new Map(later.homes.map((report) => [homeKey(report), report]));
  return first.homes.map((before) => {
    const after = reports.get(homeKey(before));
    return after !== undefined && agree(before, after)
      ? { report: after, observedAt: later.observedAt }
      : { report: before, observedAt: first.observedAt };
  });
}

function agree(before: HomeReport, after: HomeReport): boolean {
  if (before.session === null) return after.session === null;
  const [{ pid, startTimeTicks, verdict }, now] = [before.session, after.session];
  return now !== null && now.pid === pid && now.startTimeTicks === startTimeTicks && now.verdict === verdict;
}
