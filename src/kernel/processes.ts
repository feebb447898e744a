import { describeMissing, type Missing } from '../model/outcome.ts';
import { type FileId, isEnding, isLive, PF, type ProcessFacts, type ProcessStat } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import { readForkCount, takeCensus } from './census.ts';
import type { CoverageLog } from './coverage.ts';
import { cwdFromRemote } from './cwd.ts';
import { type Inspection, inspect } from './inspect.ts';
import type { Machine } from './machine.ts';
import { MountTables } from './mounts.ts';
import { parseSingleNumber } from './parse/single-number.ts';
import { readHeldStat, readStat } from './process-stat.ts';
import type { HeldProcess, Procfs } from './procfs.ts';
import { Terminals } from './terminals.ts';

/** What a look wants to know, decided by those who know what a session is. */
export interface ScanPlan {
  /**
   * Which processes to read in full, by the stat of all. Each entry lists alternatives, best first: the first one
   * that still lives is read.
   */
  readonly select: (stats: ReadonlyMap<number, ProcessStat>) => Iterable<readonly number[]>;
  /** Whether the process can be a session, by its name; then it must be seen, or the look is incomplete. */
  readonly mayBeSession: (facts: ProcessFacts) => boolean;
  /** Whether to read its working directory, by what was read of it so far. */
  readonly wantsCwd: (facts: ProcessFacts) => boolean;
  readonly isHome: (id: FileId) => boolean;
  readonly remoteHomes: boolean;
  /** Whether to find out which file each of these programs is. */
  readonly identifyPrograms: boolean;
  /** Whether to read their numbers in other pid namespaces. */
  readonly readsNamespaces: boolean;
  /** Whether it matters where its commands come from. */
  readonly wantsStdin: (facts: ProcessFacts) => boolean;
}

/** What was seen of the processes. */
export interface Scan {
  /** Every process, from one read each. */
  readonly stats: ReadonlyMap<number, ProcessStat>;
  /** Those that were selected. */
  readonly facts: ReadonlyMap<number, ProcessFacts>;
}

/** How long newcomers are looked for, before births are said to be faster than looks. One round takes 1 to 15 ms. */
const PATIENCE_MS = 200;
const MAX_ROUNDS = 64;

/**
 * Looks at all processes: one read each, and through a held directory at those that matter.
 * A process may hand over to a child and end between the list and its turn. So the list is taken again until nothing
 * was born meanwhile, or everybody on the list was still there to be read (docs/adr/0002).
 *
 * Source: /proc, /proc/<pid>/stat and what `inspect` reads
 * Needs:  nothing; what may not be seen is noted in `log`
 */
export async function scanProcesses(machine: Machine, plan: ScanPlan, log: CoverageLog): Promise<Scan> {
  const scanner = new Scanner(machine, plan, log);
  try {
    await scanner.run();
  } finally {
    scanner.close();
  }
  return scanner;
}

class Scanner implements Scan {
  readonly stats = new Map<number, ProcessStat>();
  readonly facts = new Map<number, ProcessFacts>();
  readonly #machine: Machine;
  readonly #procfs: Procfs;
  readonly #plan: ScanPlan;
  readonly #log: CoverageLog;
  readonly #inspection: Inspection;
  /** Processes whose working directory is asked for with a deadline, held until the answer is in. */
  #remote: { readonly held: HeldProcess; readonly facts: ProcessFacts; readonly name: string }[] = [];
  /** Processes of the last list that had ended, or were about to, before they could be read. */
  #vanished = 0;
  /** Whether one of the last list was a fork that had not started its program when it was read: it may have since. */
  #sawFork = false;

  constructor(machine: Machine, plan: ScanPlan, log: CoverageLog) {
    this.#machine = machine;
    this.#procfs = machine.procfs;
    this.#plan = plan;
    this.#log = log;
    this.#inspection = {
      terminals: new Terminals(machine.procfs, log),
      mounts: new MountTables(machine.procfs, log),
      wantsCwd: plan.wantsCwd,
      isHome: plan.isHome,
      remoteHomes: plan.remoteHomes,
      identifyPrograms: plan.identifyPrograms,
      readsNamespaces: plan.readsNamespaces,
      wantsStdin: plan.wantsStdin,
    };
  }

  async run(): Promise<void> {
    const started = readForkCount(this.#procfs);
    let forksBefore = started;
    const deadline = this.#machine.now().getTime() + PATIENCE_MS;
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      this.#vanished = 0;
      this.#sawFork = false;
      for (const pid of takeCensus(this.#procfs, this.#log)) {
        if (this.#isNews(pid)) this.#readStat(pid);
      }
      this.#inspectSelected();
      await this.#askRemote();
      const forksAfter = readForkCount(this.#procfs);
      const quiet = forksAfter !== null && forksAfter === forksBefore;
      if (quiet && (this.#vanished === 0 || !this.#sawFork)) return;
      if (round > 1 && this.#vanished === 0) return this.#noteWrap(started, forksAfter);
      if (round > 2 && this.#machine.now().getTime() > deadline) break;
      forksBefore = forksAfter;
    }
    this.#log.setCount('churn', this.#vanished);
  }

  /** A newcomer, or a fork that has had time to start its program since it was read; one that has ended never will. */
  #isNews(pid: number): boolean {
    const known = this.stats.get(pid);
    if (known && ((known.flags & PF.FORKNOEXEC) === 0 || isEnding(known))) return false;
    this.facts.delete(pid);
    return true;
  }

  /** Where so many were born that a number may have come round again, a newborn can hide behind a known number. */
  #noteWrap(started: number | null, ended: number | null): void {
    const limit = parseOutcome(this.#procfs.read('sys/kernel/pid_max'), parseSingleNumber);
    if (started === null || ended === null) this.#log.setCount('uncountable', 1);
    else if (limit.kind !== 'value' || ended - started >= limit.value / 2) this.#log.setCount('churn', ended - started);
  }

  close(): void {
    for (const { held } of this.#remote) held.close();
    this.#remote = [];
  }

  #readStat(pid: number): void {
    const stat = readStat(this.#procfs, pid);
    if (stat.kind !== 'value') {
      this.#note(pid, stat);
      return;
    }
    this.stats.set(pid, stat.value);
    if (isEnding(stat.value)) this.#vanished++;
    else this.#sawFork ||= (stat.value.flags & PF.FORKNOEXEC) !== 0;
  }

  #inspectSelected(): void {
    for (const alternatives of this.#plan.select(this.stats)) {
      for (const pid of alternatives) {
        if (this.facts.has(pid) || this.#inspect(pid)) break;
      }
    }
  }

  /** @returns false where the process has ended meanwhile, and the next best stands for it */
  #inspect(pid: number): boolean {
    this.#log.forget(pid);
    const opened = this.#procfs.open(pid);
    if (opened.kind !== 'value') return this.#note(pid, opened);
    const held = opened.value;
    const inspected = inspect(held, this.#inspection);
    if (inspected.kind === 'value' && inspected.value.remoteCwd !== null) {
      this.#remote.push({ held, facts: inspected.value.facts, name: inspected.value.remoteCwd });
      return true;
    }
    held.close();
    if (inspected.kind !== 'value') return this.#note(pid, inspected);
    this.#keep(inspected.value.facts);
    return true;
  }

  #keep(facts: ProcessFacts): void {
    const { pid, ttyNr, pgid } = facts.stat;
    if (isEnding(facts.stat) && !isEnding(this.stats.get(pid) ?? facts.stat)) this.#vanished++;
    this.stats.set(pid, facts.stat);
    this.facts.set(pid, { ...facts, groupLeader: this.#groupLeader(pgid) });
    if (facts.argv.kind === 'malformed') this.#log.addDamage(facts.argv.error, pid);
    // What has ended cannot be a session, and denies its files to other users all the same.
    if (!isLive(facts.stat)) return;
    const matters = this.#plan.mayBeSession(facts);
    if (!matters && ttyNr !== 0 && facts.exe.kind === 'denied') this.#log.addPid('excluded_by_name', pid);
    if (matters && facts.cwd) this.#noteCwd(pid, facts.cwd);
  }

  #noteCwd(pid: number, cwd: NonNullable<ProcessFacts['cwd']>): void {
    if (cwd.kind === 'value' && cwd.value.cut) this.#log.addPid('cwd_unreadable', pid);
    else if (cwd.kind === 'denied') this.#log.addPid('cwd_denied', pid);
    else if (cwd.kind === 'timeout') this.#log.addPid('cwd_timeout', pid);
    else if (cwd.kind === 'unsupported') this.#log.addPid('cwd_unreadable', pid);
    else if (cwd.kind === 'gone') this.#log.addPid('unstable', pid);
  }

  /** A number that is not in the list may be hidden from us; kill(2) tells, where it counts pids as we do. */
  #groupLeader(pgid: number): ProcessFacts['groupLeader'] {
    const leader = this.stats.get(pgid);
    if (leader) return isLive(leader) ? 'present' : 'gone';
    if (pgid <= 0 || this.#log.has('foreign_procfs')) return 'unknown';
    return this.#procfs.exists(pgid) ? 'unknown' : 'gone';
  }

  async #askRemote(): Promise<void> {
    if (this.#remote.length === 0) return;
    const questions = this.#remote.map(({ held, facts, name }) => {
      return { fd: held.fd, path: name, source: `/proc/${facts.stat.pid}/${name}`, want: 'chain' as const };
    });
    const answers = await this.#machine.askRemote(questions);
    for (const [index, { held, facts, name }] of this.#remote.entries()) {
      const answer = answers[index] as (typeof answers)[number];
      const again = readHeldStat(held);
      if (again.kind !== 'value') this.#note(facts.stat.pid, again);
      else this.#keep({ ...facts, cwd: cwdFromRemote(held, name, answer) });
    }
    this.close();
  }

  /** Notes why a process could not be read; one that has ended is no gap. Returns false where it has ended. */
  #note(pid: number, missing: Missing): boolean {
    if (missing.kind === 'gone') {
      this.stats.delete(pid);
      this.facts.delete(pid);
      this.#vanished++;
      return false;
    }
    if (missing.kind === 'malformed') this.#log.addDamage(missing.error, pid);
    else if (missing.kind === 'denied') this.#log.addPid('stat_denied', pid);
    else if (describeMissing(missing) === 'EAGAIN') this.#log.addPid('unstable', pid);
    else this.#log.addPid('cwd_unreadable', pid);
    return true;
  }
}
