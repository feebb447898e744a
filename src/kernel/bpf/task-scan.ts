import type { Home } from '../../model/home.ts';
import { describeMissing, type Missing, type Outcome, value, valueOrNull } from '../../model/outcome.ts';
import { type ProcessStat, TICKS_PER_SECOND } from '../../model/process.ts';
import { parseOutcome } from '../attempt.ts';
import { readForkCount } from '../census.ts';
import type { CoverageLog } from '../coverage.ts';
import type { Machine } from '../machine.ts';
import { type MountTable, MountTables } from '../mounts.ts';
import { countProcesses } from '../process-count.ts';
import type { ProcessReader } from '../process-reader.ts';
import { type Foreknowledge, scanProcesses } from '../processes.ts';
import type { Procfs } from '../procfs.ts';
import type { OutsideProcess, Scan, ScanPlan } from '../scan-plan.ts';
import { chainOf, HomeLevels, homesNotTold } from './home-levels.ts';
import { canStand, factsOf, type RowReading } from './row-facts.ts';
import { compareWithProcfs, type Disagreement, type InProcfs, lookInProcfs, sampleOf } from './sample.ts';
import type { TaskFile } from './task-file.ts';
import { decodeTasks, type TaskMap } from './task-record.ts';
import { TaskRow, VERDICT } from './task-row.ts';

/** Why a reading of the iterator is not used: /proc tells the same, slower. */
export type NotUsed =
  | { readonly kind: 'unreadable'; readonly why: string; readonly isDamaged: boolean }
  /** Homes whose directories it would not tell from others. */
  | { readonly kind: 'homes'; readonly homes: readonly Home[] }
  /** It says of processes what /proc does not. */
  | { readonly kind: 'disagreed'; readonly with: readonly Disagreement[] };

/**
 * Looks at all processes by one reading of the iterator. /proc is asked for what that cannot tell, of those processes only
 * that are in a home, on a way up from one, or named; and for everything of those that it does not tell soundly. Part of
 * each reading is compared with /proc.
 *
 * Source: the iterator; /proc as far as said
 * Needs:  the right to read the iterator; what may not be seen in /proc is told by the iterator alone
 */
export async function scanTasks(
  machine: Machine,
  file: TaskFile,
  plan: ScanPlan,
  log: CoverageLog,
): Promise<Scan | NotUsed> {
  const { procfs } = machine;
  const mounts = new MountTables(procfs, log).own();
  const homes = plan.homes === null ? [] : homesNotTold(plan.homes, mounts, procfs);
  if (homes.length > 0 || plan.remoteHomes) return { kind: 'homes', homes };
  const before = { count: countOf(machine), forks: readForkCount(procfs) };
  const map = readMap(file);
  if (map.kind !== 'value') return unreadable(map);
  const differing = disagreements(file, sampleOf(map.value, procfs.selfPid), procfs, mounts);
  if (differing.kind !== 'value') return unreadable(differing);
  if (differing.value.length > 0) return { kind: 'disagreed', with: differing.value };
  return scanProcesses(machine, plan, log, new TaskKnowledge({ machine, plan, log, mounts }, map.value, before));
}

/** Whether a scan was not made. */
export function isNotUsed(scan: Scan | NotUsed): scan is NotUsed {
  return 'kind' in scan;
}

function readMap(file: TaskFile): Outcome<TaskMap> {
  return parseOutcome(file.read(), decodeTasks);
}

function unreadable(missing: Missing): NotUsed {
  return { kind: 'unreadable', why: describeMissing(missing), isDamaged: missing.kind === 'malformed' };
}

function countOf({ procfs }: Machine): number | null {
  return procfs.root === null ? null : valueOrNull(countProcesses(procfs.root));
}

/**
 * A process may change between its row and the look at /proc. One that differs in so many readings, and that /proc has told
 * alike before and after each but the first, did not only change.
 */
const READINGS_TO_DIFFER = 4;

/**
 * Of which processes the iterator says what /proc does not, however often both are read.
 * @param rows those that are compared, of a reading of this file
 * @returns or why it cannot be read any more, and they cannot be compared once more
 */
export function disagreements(
  file: TaskFile,
  rows: readonly TaskRow[],
  procfs: Procfs,
  mounts: MountTable | null,
): Outcome<Disagreement[]> {
  let differing = compareWithProcfs(rows, procfs, mounts);
  for (let readings = 1; differing.length > 0 && readings < READINGS_TO_DIFFER; readings++) {
    const before = new Map<number, InProcfs>();
    for (const { pid } of differing) {
      const seen = lookInProcfs(pid, procfs, mounts);
      if (seen !== null) before.set(pid, seen);
    }
    const again = readMap(file);
    if (again.kind !== 'value') return again;
    differing = compareWithProcfs(again.value.rows, procfs, mounts, before);
  }
  return value(differing);
}

interface Means {
  readonly machine: Machine;
  readonly plan: ScanPlan;
  readonly log: CoverageLog;
  readonly mounts: MountTable | null;
}

/** What one reading tells a scan. */
class TaskKnowledge implements Foreknowledge {
  readonly outside = new Map<number, OutsideProcess>();
  readonly forksBefore: number | null;
  readonly #means: Means;
  readonly #map: TaskMap;
  readonly #countBefore: number | null;
  readonly #rows = new Map<number, TaskRow>();
  readonly #homes: HomeLevels | null;
  readonly #paths: ReadonlyMap<string, Home>;
  readonly #beganTicks: bigint;

  constructor(means: Means, map: TaskMap, before: { readonly count: number | null; readonly forks: number | null }) {
    const { homes } = means.plan;
    this.#means = means;
    this.#map = map;
    this.#countBefore = before.count;
    this.forksBefore = before.forks;
    this.#homes = homes && new HomeLevels(homes);
    this.#paths = new Map((homes ?? []).map((home) => [`${home.dev}:${home.ino}`, home]));
    this.#beganTicks = ((map.beganNs + map.timeOffsetNs) * BigInt(TICKS_PER_SECOND)) / 1_000_000_000n;
  }

  tell(reader: ProcessReader): boolean {
    const { procfs } = this.#means.machine;
    for (const row of this.#map.rows) {
      const { pid } = row;
      if (pid === 0) continue;
      this.#rows.set(pid, row);
      if ((row.verdict & VERDICT.SOUND) !== 0) reader.keepStat(row);
      else reader.readStat(pid);
    }
    // Some kernels do not tell iterators of everybody, and the first process is the likeliest to be left out.
    if (!this.#rows.has(1)) reader.readStat(1);
    return this.#isEverybody(reader, readForkCount(procfs));
  }

  /** Nobody was born and nobody has ended while they were told, and they are as many as there are. */
  #isEverybody({ stats }: ProcessReader, forksAfter: number | null): boolean {
    const isQuiet = forksAfter !== null && forksAfter === this.forksBefore;
    return isQuiet && this.#countBefore === stats.size && countOf(this.#means.machine) === stats.size;
  }

  /**
   * Without those that are known to be outside of all homes, where no more is wanted of them. Where an absence is to be
   * proven they are selected like all others, to be compared with what the next look says of them.
   */
  mayMatter({ stats }: ProcessReader): ReadonlyMap<number, ProcessStat> {
    if (this.#homes === null || this.#means.plan.terminalsInFull) return stats;
    const some = new Map<number, ProcessStat>();
    for (const [pid, stat] of stats) {
      if (stat instanceof TaskRow && this.#isOutside(stat)) continue;
      some.set(pid, stat);
    }
    return some;
  }

  #isOutside(row: TaskRow): boolean {
    return this.#homes?.find(row) === -1 && canStand(row) && this.#isNoMatter(row);
  }

  accountFor(listed: readonly number[], { stats }: ProcessReader): void {
    const { log, machine } = this.#means;
    if (!log.has('hidden')) return;
    const isListed = new Set(listed);
    let known = 0;
    // One whose row was not sound is not known by it, where /proc hides it.
    for (const pid of this.#rows.keys()) {
      if (!isListed.has(pid) && stats.has(pid) && machine.procfs.exists(pid)) known++;
    }
    const hidden = log.countOf('hidden') - known;
    log.clear('hidden');
    if (hidden > 0) log.setCount('hidden', hidden);
  }

  inspect(pid: number, reader: ProcessReader): boolean {
    const row = this.#rows.get(pid);
    // One that was read once more has changed since its row was told.
    if (row === undefined || reader.stats.get(pid) !== row || !canStand(row)) return this.#byProcfs(pid, reader);
    const level = this.#homes === null ? 0 : this.#homes.find(row);
    if (level === -1 && this.#isNoMatter(row)) {
      this.outside.set(pid, row);
      return true;
    }
    return this.#inFull(row, level, reader);
  }

  /** Of a process outside of all homes nothing more is asked for, unless something else is known to matter of it. */
  #isNoMatter(row: TaskRow): boolean {
    const { plan } = this.#means;
    if (row.cwdLinks === 0 || plan.named.has(row.pid)) return false;
    if (plan.readsNamespaces && row.pidNs !== this.#map.pidNs) return false;
    return !(plan.terminalsInFull && row.ttyNr !== 0);
  }

  #inFull(row: TaskRow, level: number, reader: ProcessReader): boolean {
    const { plan } = this.#means;
    if (plan.readsNamespaces && row.pidNs !== this.#map.pidNs) return this.#byProcfs(row.pid, reader);
    const facts = factsOf(
      row,
      { level: this.#homes === null ? -1 : level, home: this.#pathOf(row, level) },
      this.#reading(reader),
    );
    if (facts === 'by_procfs') return this.#byProcfs(row.pid, reader);
    if (facts === 'ended') return reader.noteEnded(row.pid);
    reader.keep(facts);
    // A row has no arguments: what a hidden interpreter runs is not known, nor what a hidden program was called as.
    const isUntold = facts.argv.kind === 'denied' && !plan.mayBeSession(facts);
    if (isUntold && (level !== -1 || plan.terminalsInFull)) this.#means.log.addPid('stat_denied', row.pid);
    return true;
  }

  #pathOf(row: TaskRow, level: number) {
    if (this.#homes === null || level !== 0) return null;
    const [own] = chainOf(row, 0);
    return (own && this.#paths.get(`${own.dev}:${own.ino}`)?.path) ?? null;
  }

  #reading({ terminals }: ProcessReader): RowReading {
    const { machine, plan, mounts } = this.#means;
    return { procfs: machine.procfs, plan, mounts, terminals, beganTicks: this.#beganTicks };
  }

  /** As ever. One that is hidden from us has not ended: it is known by its row, and no more of it can be read. */
  #byProcfs(pid: number, reader: ProcessReader): boolean {
    const known = reader.stats.get(pid);
    if (reader.inspect(pid)) return true;
    if (known === undefined || !this.#rows.has(pid) || !this.#means.machine.procfs.exists(pid)) return false;
    reader.noteHidden(known);
    return true;
  }

  inspectAncestors(reader: ProcessReader): void {
    const { plan } = this.#means;
    for (const facts of [...reader.facts.values()]) {
      if (plan.mayBeSession(facts)) this.#climb(facts.stat.pid, reader);
    }
  }

  /** Whether it would have been selected, had it mattered where it is. */
  #isSelected(row: TaskRow): boolean {
    for (const _ of this.#means.plan.select(new Map([[row.pid, row]]))) return true;
    return false;
  }

  #climb(pid: number, reader: ProcessReader): void {
    const { plan } = this.#means;
    let below = reader.stats.get(pid);
    for (let steps = 0; below && steps < reader.stats.size; steps++) {
      const ancestor = reader.stats.get(below.ppid);
      if (!ancestor || ancestor.startTimeTicks > below.startTimeTicks) return;
      if (ancestor instanceof TaskRow && !reader.facts.has(ancestor.pid) && this.#isSelected(ancestor)) {
        const isThere = canStand(ancestor) ? this.#inFull(ancestor, -1, reader) : this.#byProcfs(ancestor.pid, reader);
        if (!isThere) return;
      }
      if (!plan.goesOnAbove(ancestor, reader.facts.get(ancestor.pid) ?? null, below)) return;
      below = ancestor;
    }
  }
}
