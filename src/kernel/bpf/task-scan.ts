import type { Home } from '../../model/home.ts';
import { valueOrNull } from '../../model/outcome.ts';
import { type ProcessStat, TICKS_PER_SECOND } from '../../model/process.ts';
import { readForkCount } from '../census.ts';
import type { CoverageLog } from '../coverage.ts';
import type { Machine } from '../machine.ts';
import { type MountTable, MountTables } from '../mounts.ts';
import { countProcesses } from '../process-count.ts';
import type { ProcessReader } from '../process-reader.ts';
import { type Foreknowledge, scanProcesses } from '../processes.ts';
import type { OutsideProcess, Scan, ScanPlan } from '../scan-plan.ts';
import { HomeLevels, homesNotTold } from './home-levels.ts';
import { disagreements, type NotUsed, readMap, unreadable } from './readings.ts';
import { canStand, factsOf, type RowReading } from './row-facts.ts';
import { sampleOf } from './sample.ts';
import type { TaskFile } from './task-file.ts';
import type { TaskMap } from './task-record.ts';
import { TaskRow, VERDICT } from './task-row.ts';
import { isWorthTelling, type ToldFacts, tellFacts } from './told-facts.ts';

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
  return scanProcesses(machine, plan, log, new TaskKnowledge({ machine, file, plan, log, mounts }, map.value, before));
}

/** Whether a scan was not made. */
export function isNotUsed(scan: Scan | NotUsed): scan is NotUsed {
  return 'kind' in scan;
}

function countOf({ procfs }: Machine): number | null {
  return procfs.root === null ? null : valueOrNull(countProcesses(procfs.root));
}

interface Means {
  readonly machine: Machine;
  readonly file: TaskFile;
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
  readonly #homes: HomeLevels<Home> | null;
  readonly #beganTicks: bigint;
  #toldPids: ReadonlySet<number> | null = null;
  /** Of ancestors, which many have in common. */
  readonly #selected = new Map<TaskRow, boolean>();
  /** What was told of many at once; null before anything was asked. */
  #told: ReadonlyMap<TaskRow, ToldFacts> | null = null;

  constructor(means: Means, map: TaskMap, before: { readonly count: number | null; readonly forks: number | null }) {
    const { homes } = means.plan;
    this.#means = means;
    this.#map = map;
    this.#countBefore = before.count;
    this.forksBefore = before.forks;
    this.#homes = homes && new HomeLevels(homes);
    this.#beganTicks = ((map.beganNs + map.timeOffsetNs) * BigInt(TICKS_PER_SECOND)) / 1_000_000_000n;
  }

  tell(reader: ProcessReader): boolean {
    const { procfs } = this.#means.machine;
    let isFirstTold = false;
    for (const row of this.#map.rows) {
      const { pid } = row;
      if (pid === 0) continue;
      isFirstTold ||= pid === 1;
      if ((row.verdict & VERDICT.SOUND) !== 0) reader.keepStat(row);
      else reader.readStat(pid);
    }
    // Some kernels do not tell iterators of everybody, and the first process is the likeliest to be left out.
    if (!isFirstTold) reader.readStat(1);
    return this.#needsNoList(reader, readForkCount(procfs));
  }

  /**
   * Nobody was born and nobody has ended while they were told, and they are as many as there are. Or somebody was born:
   * then another round follows, and it is the list of the last one that has to be of everybody (docs/adr/0002).
   */
  #needsNoList({ stats }: ProcessReader, forksAfter: number | null): boolean {
    if (forksAfter === null || this.forksBefore === null) return false;
    if (forksAfter !== this.forksBefore) return true;
    return this.#countBefore === stats.size && countOf(this.#means.machine) === stats.size;
  }

  /**
   * Without those that are known to be outside of all homes, where no more is wanted of them. Where an absence is to be
   * proven they are selected like all others, to be compared with what the next look says of them.
   */
  mayMatter({ stats }: ProcessReader): ReadonlyMap<number, ProcessStat> {
    const some = this.#homes === null || this.#means.plan.terminalsInFull ? stats : this.#notOutside(stats);
    this.#told ??= this.#tellMany(some);
    return some;
  }

  #notOutside(stats: ReadonlyMap<number, ProcessStat>): ReadonlyMap<number, ProcessStat> {
    const some = new Map<number, ProcessStat>();
    for (const stat of stats.values()) {
      if (!(stat instanceof TaskRow && this.#isOutside(stat))) some.set(stat.pid, stat);
    }
    return some;
  }

  /** Those on terminals, which are most sessions: of all others each is read by itself. */
  #tellMany(some: ReadonlyMap<number, ProcessStat>): ReadonlyMap<TaskRow, ToldFacts> {
    const { machine, file, plan, log } = this.#means;
    const rows: TaskRow[] = [];
    for (const row of some.values()) {
      if (!(row instanceof TaskRow) || row.ttyNr === 0 || !canStand(row)) continue;
      if (plan.terminalsInFull || (this.#homes && this.#homes.find(row) !== -1)) rows.push(row);
    }
    if (!isWorthTelling(rows.length, this.#map.rows.length)) return new Map();
    return tellFacts(rows, file, { procfs: machine.procfs, log });
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
    for (const pid of this.#pids()) {
      if (!isListed.has(pid) && stats.has(pid) && machine.procfs.exists(pid)) known++;
    }
    const hidden = log.countOf('hidden') - known;
    log.clear('hidden');
    if (hidden > 0) log.setCount('hidden', hidden);
  }

  /** Whom it has told, sound or not; few ask. */
  #pids(): ReadonlySet<number> {
    this.#toldPids ??= new Set(this.#map.rows.map(({ pid }) => pid).filter((pid) => pid !== 0));
    return this.#toldPids;
  }

  inspect(pid: number, reader: ProcessReader): boolean {
    const row = reader.stats.get(pid);
    // One that was read once more has changed since its row was told.
    if (!(row instanceof TaskRow) || !canStand(row)) return this.#byProcfs(pid, reader);
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
    return level === 0 ? (this.#homes?.at(row, 0)?.path ?? null) : null;
  }

  #reading({ terminals }: ProcessReader): RowReading {
    const { machine, plan, mounts } = this.#means;
    return {
      procfs: machine.procfs,
      plan,
      mounts,
      terminals,
      beganTicks: this.#beganTicks,
      told: this.#told ?? new Map(),
    };
  }

  /** As ever. One that is hidden from us has not ended: it is known by its row, and no more of it can be read. */
  #byProcfs(pid: number, reader: ProcessReader): boolean {
    const known = reader.stats.get(pid);
    if (reader.inspect(pid)) return true;
    if (known === undefined || !this.#pids().has(pid) || !this.#means.machine.procfs.exists(pid)) return false;
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
    const known = this.#selected.get(row);
    if (known !== undefined) return known;
    const isSelected = [...this.#means.plan.select(new Map([[row.pid, row]]))].length > 0;
    this.#selected.set(row, isSelected);
    return isSelected;
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
