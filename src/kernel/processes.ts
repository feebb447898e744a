import { valueOrNull } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import { readForkCount, takeCensus } from './census.ts';
import type { CoverageLog } from './coverage.ts';
import type { Machine } from './machine.ts';
import { parseSingleNumber } from './parse/single-number.ts';
import { ProcessReader } from './process-reader.ts';
import type { Scan, ScanPlan } from './scan-plan.ts';

/** How long newcomers are looked for, before births are said to be faster than looks. One round takes 1 to 15 ms. */
const PATIENCE_MS = 200;
const MAX_ROUNDS = 64;

/** What is known of all processes before /proc is asked: one reading of the kernel's own list. */
export interface Foreknowledge {
  /**
   * Puts what it knows into the reader, once, when the scan begins.
   * @returns whether nobody has to be listed: that is everybody, or births since it began make another round certain
   */
  tell(reader: ProcessReader): boolean;
  /**
   * Reads a process that was selected, as far as it has to be read.
   * @returns false where it has ended meanwhile, and the next best stands for it
   */
  inspect(pid: number, reader: ProcessReader): boolean;
  /** Reads the ancestors that matter, when all are read that were selected. */
  inspectAncestors(reader: ProcessReader): void;
  /** Of all processes those that may matter, to select among. */
  mayMatter(reader: ProcessReader): ReadonlyMap<number, ProcessStat>;
  /** Takes from what /proc hides those that it knows all the same. */
  accountFor(listed: readonly number[], reader: ProcessReader): void;
  /** How many tasks had ever been created before it was read; null where that cannot be known. */
  readonly forksBefore: number | null;
  readonly outside: Scan['outside'];
}

/**
 * Looks at all processes: one read each, and through a held directory at those that matter.
 * A process may hand over to a child and end between the list and its turn. So the list is taken again until nothing
 * was born meanwhile, or everybody on the list was still there to be read (docs/adr/0002).
 *
 * Source: /proc, /proc/<pid>/stat and what `inspect` reads
 * Needs:  nothing; what may not be seen is noted in `log`
 * @param known what is known already; null: everything is read from /proc
 */
export async function scanProcesses(
  machine: Machine,
  plan: ScanPlan,
  log: CoverageLog,
  known: Foreknowledge | null = null,
): Promise<Scan> {
  const scanner = new Scanner(machine, plan, log, known);
  try {
    return await scanner.run();
  } finally {
    scanner.close();
  }
}

class Scanner {
  readonly #machine: Machine;
  readonly #plan: ScanPlan;
  readonly #log: CoverageLog;
  readonly #known: Foreknowledge | null;
  readonly #reader: ProcessReader;

  constructor(machine: Machine, plan: ScanPlan, log: CoverageLog, known: Foreknowledge | null) {
    this.#machine = machine;
    this.#plan = plan;
    this.#log = log;
    this.#known = known;
    this.#reader = new ProcessReader(machine, plan, log);
  }

  async run(): Promise<Scan> {
    await this.#look();
    const { stats, facts } = this.#reader;
    return { stats, facts, outside: this.#known?.outside ?? new Map() };
  }

  close(): void {
    this.#reader.close();
  }

  async #look(): Promise<void> {
    const { procfs } = this.#machine;
    const reader = this.#reader;
    const started = this.#known ? this.#known.forksBefore : readForkCount(procfs);
    let forksBefore = started;
    const deadline = this.#machine.now().getTime() + PATIENCE_MS;
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      reader.beginRound();
      this.#readStats(round === 1);
      this.#inspectSelected();
      await reader.askRemote();
      const forksAfter = readForkCount(procfs);
      const quiet = forksAfter !== null && forksAfter === forksBefore;
      if (quiet && (reader.vanished === 0 || !reader.sawFork)) return;
      if (round > 1 && reader.vanished === 0) return this.#noteWrap(started, forksAfter);
      if (round > 2 && this.#machine.now().getTime() > deadline) break;
      forksBefore = forksAfter;
    }
    this.#log.setCount('churn', reader.vanished);
  }

  #readStats(isFirst: boolean): void {
    if (isFirst && this.#known?.tell(this.#reader)) return;
    const pids = takeCensus(this.#machine.procfs, this.#log);
    for (const pid of pids) {
      if (this.#reader.isNews(pid)) this.#reader.readStat(pid);
    }
    this.#known?.accountFor(pids, this.#reader);
  }

  /** Where so many were born that a number may have come round again, a newborn can hide behind a known number. */
  #noteWrap(started: number | null, ended: number | null): void {
    const limit = valueOrNull(parseOutcome(this.#machine.procfs.read('sys/kernel/pid_max'), parseSingleNumber));
    if (started === null || ended === null) this.#log.setCount('uncountable', 1);
    else if (limit === null || ended - started >= limit / 2) this.#log.setCount('churn', ended - started);
  }

  #inspectSelected(): void {
    const reader = this.#reader;
    const known = this.#known;
    for (const alternatives of this.#plan.select(known ? known.mayMatter(reader) : reader.stats)) {
      for (const pid of alternatives) {
        if (reader.facts.has(pid) || (known ? known.inspect(pid, reader) : reader.inspect(pid))) break;
      }
    }
    known?.inspectAncestors(reader);
  }
}
