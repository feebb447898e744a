import { describeMissing, type Missing } from '../model/outcome.ts';
import { isEnding, isLive, PF, type ProcessFacts, type ProcessStat } from '../model/process.ts';
import type { CoverageLog } from './coverage.ts';
import { cwdFromRemote } from './cwd.ts';
import { type Inspection, inspect } from './inspect.ts';
import type { Machine } from './machine.ts';
import { MountTables } from './mounts.ts';
import { readHeldStat, readStat } from './process-stat.ts';
import type { HeldProcess, Procfs } from './procfs.ts';
import type { ScanPlan } from './scan-plan.ts';
import { Terminals } from './terminals.ts';

/** Reads single processes from /proc for a scan, and keeps what it has seen of them. */
export class ProcessReader {
  readonly stats = new Map<number, ProcessStat>();
  readonly facts = new Map<number, ProcessFacts>();
  /** Processes of the present round that had ended, or were about to, before they could be read. */
  vanished = 0;
  /** Whether one of this round was a fork that had not started its program when it was read: it may have since. */
  sawFork = false;
  readonly terminals: Terminals;
  readonly mounts: MountTables;
  readonly #machine: Machine;
  readonly #procfs: Procfs;
  readonly #plan: ScanPlan;
  readonly #log: CoverageLog;
  readonly #inspection: Inspection;
  /** Processes whose working directory is asked for with a deadline, held until the answer is in. */
  #remote: { readonly held: HeldProcess; readonly facts: ProcessFacts; readonly name: string }[] = [];

  constructor(machine: Machine, plan: ScanPlan, log: CoverageLog) {
    this.#machine = machine;
    this.#procfs = machine.procfs;
    this.#plan = plan;
    this.#log = log;
    this.terminals = new Terminals(machine.procfs, log);
    this.mounts = new MountTables(machine.procfs, log);
    this.#inspection = {
      terminals: this.terminals,
      mounts: this.mounts,
      wantsCwd: plan.wantsCwd,
      isHome: plan.isHome,
      remoteHomes: plan.remoteHomes,
      identifyPrograms: plan.identifyPrograms,
      readsNamespaces: plan.readsNamespaces,
      wantsStdin: plan.wantsStdin,
    };
  }

  /** Begins a round of its own. */
  beginRound(): void {
    this.vanished = 0;
    this.sawFork = false;
  }

  /** A newcomer, or a fork that has had time to start its program since it was read; one that has ended never will. */
  isNews(pid: number): boolean {
    const known = this.stats.get(pid);
    if (known && ((known.flags & PF.FORKNOEXEC) === 0 || isEnding(known))) return false;
    this.facts.delete(pid);
    return true;
  }

  /** Reads one process's stat. */
  readStat(pid: number): void {
    const stat = readStat(this.#procfs, pid);
    if (stat.kind === 'value') this.keepStat(stat.value);
    else this.#note(pid, stat);
  }

  /** Keeps a stat, whoever has read it. */
  keepStat(stat: ProcessStat): void {
    this.stats.set(stat.pid, stat);
    if (isEnding(stat)) this.vanished++;
    else this.sawFork ||= (stat.flags & PF.FORKNOEXEC) !== 0;
  }

  /**
   * Reads one in full, through its held directory.
   * @returns false where the process has ended meanwhile, and the next best stands for it
   */
  inspect(pid: number): boolean {
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
    this.keep(inspected.value.facts);
    return true;
  }

  /** Keeps what was read of one in full, whoever has read it. */
  keep(facts: ProcessFacts): void {
    const { pid, ttyNr, pgid } = facts.stat;
    if (isEnding(facts.stat) && !isEnding(this.stats.get(pid) ?? facts.stat)) this.vanished++;
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

  /**
   * Notes that one has ended since it was known.
   * @returns false: the next best stands for it
   */
  noteEnded(pid: number): false {
    this.stats.delete(pid);
    this.facts.delete(pid);
    this.vanished++;
    return false;
  }

  /** Asks for the working directories that may not answer, all at once. */
  async askRemote(): Promise<void> {
    if (this.#remote.length === 0) return;
    const questions = this.#remote.map(({ held, facts, name }) => {
      return { fd: held.fd, path: name, source: `/proc/${facts.stat.pid}/${name}`, want: 'chain' as const };
    });
    const answers = await this.#machine.askRemote(questions);
    for (const [index, { held, facts, name }] of this.#remote.entries()) {
      const answer = answers[index] as (typeof answers)[number];
      const again = readHeldStat(held);
      if (again.kind !== 'value') this.#note(facts.stat.pid, again);
      else this.keep({ ...facts, cwd: cwdFromRemote(held, name, answer) });
    }
    this.close();
  }

  /** Takes back that one has ended: /proc hides it from us, and it is known all the same. Nobody has vanished then. */
  noteHidden(stat: ProcessStat): void {
    this.vanished--;
    this.stats.set(stat.pid, stat);
    this.#log.addPid('stat_denied', stat.pid);
  }

  /** Lets go of what is held. */
  close(): void {
    for (const { held } of this.#remote) held.close();
    this.#remote = [];
  }

  /** Notes why a process could not be read; one that has ended is no gap. Returns false where it has ended. */
  #note(pid: number, missing: Missing): boolean {
    if (missing.kind === 'gone') return this.noteEnded(pid);
    if (missing.kind === 'malformed') this.#log.addDamage(missing.error, pid);
    else if (missing.kind === 'denied') this.#log.addPid('stat_denied', pid);
    else if (describeMissing(missing) === 'EAGAIN') this.#log.addPid('unstable', pid);
    else this.#log.addPid('cwd_unreadable', pid);
    return true;
  }
}
