import type { HomeSpec } from '../../src/model/home.ts';
import type { HomeReport, Snapshot } from '../../src/model/snapshot.ts';
import { type ObserveOptions, observe } from '../../src/observe.ts';
import { undisturbed } from './undisturbed.ts';

/** Homes by name, as a test writes them. */
export type HomePaths = Readonly<Record<string, string>>;

/** Turns names and paths into the configuration that says the same. */
export function homesAt(paths: HomePaths): HomeSpec[] {
  return Object.entries(paths).map(([name, path]) => ({ kind: 'path', name, path, origin: 'test' }));
}

/** All entries of one directory as homes: `directory/*`. */
export function homesIn(directory: string): HomeSpec {
  return { kind: 'pattern', pattern: `${directory}/*`, directory, prefix: '', suffix: '', rest: '', origin: 'test' };
}

/** Looks, with the evidence that `plumb show` would give. Agents are called `claude` unless said otherwise. */
export async function lookAt(homes: HomePaths, options: Omit<ObserveOptions, 'homes'> = {}): Promise<Snapshot> {
  const all = { homes: homesAt(homes), commands: ['claude'], explain: true, ...options };
  return undisturbed(['churn', 'hidden', 'unstable'], () => observe(all));
}

/** What a look says of one home. */
export function reportOf(snapshot: { readonly homes: readonly HomeReport[] }, name: string): HomeReport {
  const report = snapshot.homes.find((home) => home.name.text === name);
  if (!report) throw new Error(`no home ${name} in ${snapshot.homes.map((home) => home.name.text)}`);
  return report;
}

/** What a look says of a home without a session. Where the look was not complete the error says why. */
export function provenNone(snapshot: Pick<Snapshot, 'homes' | 'coverage'>, name: string): HomeReport {
  const report = reportOf(snapshot, name);
  if (report.verdict === 'none') return report;
  throw new Error(`${name} is ${report.verdict}: ${report.reason}; coverage ${JSON.stringify(snapshot.coverage)}`);
}

/** The role of each process in a home that is not its owner. */
export function rolesIn(report: HomeReport): Record<number, string> {
  return Object.fromEntries(report.bystanders.map((it) => [it.pid, it.role]));
}

/** The facts that speak for a session, in their words. */
export function factsOf(report: HomeReport): string[] {
  return report.session?.evidence.map((it) => it.fact) ?? [];
}
