import { homesStamp, homesToStore } from './keep-homes.ts';
import { readHost } from './kernel/host.ts';
import { liveMachine, type Machine } from './kernel/machine.ts';
import { cpuMeter } from './kernel/own-cpu.ts';
import { seesOwnNamespace } from './model/coverage.ts';
import { requireSessions } from './model/require-sessions.ts';
import type { Snapshot } from './model/snapshot.ts';
import { type ObserveOptions, observe } from './observe.ts';
import { requireHostId } from './registry/host.ts';
import { type Change, type Plan, type PlanOptions, plan } from './registry/plan.ts';
import type { RowStore } from './registry/registry.ts';
import { historyDaysOf } from './registry/retention.ts';
import { incumbentsOf, type StoredHost } from './registry/row.ts';

/** What to make match, and how careful to be. Panes are asked for unless it says otherwise. */
export interface SyncOptions extends Omit<ObserveOptions, 'incumbents' | 'identifyPrograms' | 'proveAbsence'> {
  /** Plan and write nothing. */
  readonly dryRun?: boolean;
  /** Write deaths however many they are. */
  readonly force?: boolean;
  /** The place where the rows were written is no more (a container that was made anew): end them. */
  readonly adoptHost?: boolean;
  /** Names whose rows end where too little can be seen to change them. */
  readonly forget?: readonly string[];
  /** How many deaths one pass may write; default: half of the live rows of this boot, and at least 3. */
  readonly maxDeaths?: number | null;
  /** Where something is written, events of this host that are older than so many days are deleted. Default: 90. */
  readonly historyDays?: number | null;
}

/** What one pass saw, and what it wrote. */
export interface Reconciled {
  readonly snapshot: Snapshot;
  /** The rows as they were read: with their evidence where nothing is written, else without. */
  readonly stored: StoredHost;
  /** What was written, and what was held back; with `dryRun` what would be. */
  readonly plan: Plan;
}

/** One pass, and how long its look took. */
export interface Pass extends Reconciled {
  readonly lookMs: number;
  /** The CPU time of this program meanwhile, and of clients that it ran: on a busy machine the rest was waiting. */
  readonly lookCpuMs: number;
}

/** How long the brake waits before it looks again. */
export const SECOND_LOOK_MS = 2000;

/**
 * Makes the rows of this machine say what its kernel says, in one transaction a look.
 * Where very many sessions have ended at once the deaths are held, the rest is written, and a second look is taken
 * after two seconds: what a complete one has proven again is written then.
 *
 * Needs:  homes and commands, since a shell at its prompt is no session; the least grants of `plumb sync --init`
 * @throws {PlumblineError} `usage` without homes or commands, or for `historyDays`; what `observe`, `plan` and the registry throw
 */
export async function sync(registry: RowStore, options: SyncOptions): Promise<Reconciled> {
  const first = await pass(registry, options, { isWatch: false, provenBefore: [] });
  if (first.plan.held.length === 0 || options.dryRun || !seesOwnNamespace(first.snapshot.coverage)) return first;
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
  const second = await pass(registry, options, { isWatch: false, provenBefore: first.plan.held });
  return { ...second, plan: together(first.plan, second.plan) };
}

/** Compares the rows with the kernel, and writes nothing. Options as for `sync`. */
export function compare(registry: RowStore, options: SyncOptions): Promise<Reconciled> {
  return pass(registry, { ...options, dryRun: true }, { isWatch: false, provenBefore: [] });
}

/** What one pass is a part of. */
export interface PassContext {
  /** A watch keeps the rows: without one, those of a watch that is gone are a snapshot again. */
  readonly isWatch: boolean;
  /** The deaths that an earlier look, at least `SECOND_LOOK_MS` ago, has proven and held. */
  readonly provenBefore: readonly Change[];
}

/** One look, and one transaction: what `sync` does once, and a watch again and again. */
export async function pass(registry: RowStore, options: SyncOptions, context: PassContext): Promise<Pass> {
  const { isWatch, provenBefore } = context;
  const { dryRun, force, maxDeaths, adoptHost, forget, historyDays: askedDays, ...question } = options;
  requireSessions(question);
  const historyDays = historyDaysOf(askedDays);
  const machine = options.machine ?? liveMachine();
  const id = requireHostId(readHost(machine, options.hostId ?? null));
  const look = async (): Promise<Pass> => {
    const stored = await registry.read(id, { evidence: dryRun ?? false });
    const incumbents = incumbentsOf(stored);
    // What proves the end of a row's process is about that process; an empty home only ends a row that names none.
    const proveAbsence = stored.rows.some(({ status, pid }) => status === 'ambiguous' && pid === null);
    const startedMs = performance.now();
    const cpuMs = cpuMeter(machine);
    const snapshot = await observe({
      panes: true,
      ...question,
      machine,
      incumbents,
      identifyPrograms: true,
      proveAbsence,
    });
    const lookMs = performance.now() - startedMs;
    const lookCpuMs = cpuMs();
    const planOptions: PlanOptions = {
      force: force ?? false,
      maxDeaths: maxDeaths ?? null,
      adoptHost: adoptHost ?? false,
      forget: forget ?? [],
      provenBefore,
    };
    return { snapshot, stored, plan: plan(snapshot, stored, planOptions), lookMs, lookCpuMs };
  };
  if (dryRun) return look();
  return registry.exclusively(id, async () => {
    const reconciled = await look();
    // What is held back is alive in the rows, and proven dead: that is no snapshot.
    const isAsSeen = reconciled.plan.held.length === 0;
    const endsWatch = !isWatch && isAsSeen && reconciled.stored.watchingSince != null;
    await registry.apply(reconciled.plan, { historyDays, endsWatch });
    await keepHomes(registry, id, { snapshot: reconciled.snapshot, rules: question, machine });
    return reconciled;
  });
}

interface Kept {
  readonly snapshot: Snapshot;
  readonly rules: Pick<ObserveOptions, 'commands' | 'terminal'>;
  readonly machine: Machine;
}

/** What Postgres alone needs to tell the sessions (plumb fdw install --via bpf); of this machine, and of no recorded one. */
async function keepHomes(registry: RowStore, hostId: string, { snapshot, rules, machine }: Kept): Promise<void> {
  if (!machine.isLive || registry.keepHomes === undefined) return;
  await registry.keepHomes(hostId, homesStamp(snapshot, rules, machine), () => homesToStore(snapshot, rules, machine));
}

/** Both passes as one: what either has written, and what the second one still holds. */
function together(first: Plan, second: Plan): Plan {
  const changes = united(first.changes, second.changes);
  const written = new Set(changes.map(({ name }) => name));
  return { ...second, changes, unchanged: second.unchanged.filter((name) => !written.has(name)) };
}

/** What two passes have written; of one name the later. */
export function united<Written extends { readonly name: string }>(
  earlier: readonly Written[],
  later: readonly Written[],
): Written[] {
  const names = new Set(later.map(({ name }) => name));
  return [...earlier.filter(({ name }) => !names.has(name)), ...later];
}
