import { type RunResult, SYSTEMS, type SystemResult } from '../model.ts';
import { type Estimate, estimate } from '../statistics.ts';

/** How one system fared in all runs. */
export interface Fared {
  readonly system: string;
  /** One a seed, in the order of the runs. */
  readonly results: readonly SystemResult[];
  /** The mean over the seeds of anything that a run tells, with its interval. */
  readonly estimate: (of: (result: SystemResult) => number) => Estimate;
}

/** The systems in the order of the table, those that are in every run; a system that was left out of a run cannot be compared. */
export function summarise(runs: readonly RunResult[]): readonly Fared[] {
  return SYSTEMS.flatMap((system) => {
    const results = runs.flatMap((run) => run.systems.filter((result) => result.system === system));
    if (results.length === 0 || results.length !== runs.length) return [];
    return [{ system, results, estimate: (of) => estimate(results.map(of)) }];
  });
}

/** All ways of being wrong together. */
export function wrongSeconds({ wrongSeconds: by }: SystemResult): number {
  return Object.values(by).reduce((sum, seconds) => sum + seconds, 0);
}

/** What nobody could use: it said that it does not know, or nothing at all. */
export function notKnownSeconds({ unknownSeconds, unansweredSeconds }: SystemResult): number {
  return unknownSeconds + unansweredSeconds;
}

/** What anybody pays for the rows and the readings together. */
export function cpuSeconds({ cost }: SystemResult): number {
  return cost.keepingCpuSeconds + cost.readingCpuSeconds + cost.databaseCpuSeconds;
}

/** Those that ask the kernel, whose wrong rows have to be explained. */
export function isPlumbline(system: string): boolean {
  return ['plumb list', 'observe()', 'plumb sync --watch', 'plumb serve', 'plumb fdw'].includes(system);
}

/** A number with as many digits as it deserves; a plain 0 is nothing at all, not something small. */
export function figure(value: number): string {
  if (value === 0) return '0';
  if (value < 0.005) return '< 0.01';
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `12.3 (9.8 to 14.8)`; of a single run, or where no run differs, the mean alone. */
export function withInterval({ mean, low, high }: Estimate): string {
  if (low === null || high === null || low === high) return figure(mean);
  return `${figure(mean)} (${figure(low)} to ${figure(high)})`;
}
