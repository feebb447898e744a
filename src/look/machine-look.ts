import { Doubts } from '../identity/doubts.ts';
import { Membership, type Step } from '../identity/membership.ts';
import { parseOutcome } from '../kernel/attempt.ts';
import { cgroupMembers } from '../kernel/cgroup-members.ts';
import { CoverageLog } from '../kernel/coverage.ts';
import type { Machine } from '../kernel/machine.ts';
import { cgroupLines } from '../kernel/own-cgroup-path.ts';
import { Parents, readNow } from '../kernel/parents.ts';
import { parseNamespacePids } from '../kernel/parse/proc-status.ts';
import { readHeldStat } from '../kernel/process-stat.ts';
import { type HeldProcess, withProcess } from '../kernel/procfs.ts';
import { type Coverage, mergedCoverage } from '../model/coverage.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { SessionTag } from '../model/session-tag.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { ByteString } from '../model/text.ts';
import { liveMachineOnLinux, type Observation, type ObserveOptions, observeAll } from '../observe.ts';

/** What of a relation is wanted: a reader need not read what nobody asks for. */
export interface Ask {
  /** Only what belongs to these; null: everything. */
  readonly sessions: ReadonlySet<Session> | null;
  /** Whether a column of this name is asked for: some cost a read more. */
  readonly wants: (column: string) => boolean;
  /** What its options say, by their names; none that was not given. */
  readonly options: Readonly<Record<string, string | boolean>>;
}

/** One look at the machine, for as many relations as are asked for: what several of them need is read once. */
export class MachineLook {
  readonly machine: Machine;
  readonly snapshot: Snapshot;
  /** Every process of the look; one that was born since is read when it is met. */
  readonly stats: ReadonlyMap<number, ProcessStat>;
  #log = new CoverageLog();
  readonly #earlier: CoverageLog[] = [];
  readonly #membership: Membership;
  readonly #doubts: Doubts;
  readonly #parents: Parents;
  readonly #firsts = new Map<ProcessStat, boolean>();
  readonly #cgroups = new Map<ProcessStat, readonly ByteString[]>();

  private constructor(machine: Machine, began: bigint | null, { snapshot, stats }: Observation) {
    this.machine = machine;
    this.snapshot = snapshot;
    this.stats = stats;
    this.#parents = new Parents(machine.procfs, stats, began);
    const population = {
      sessions: snapshot.sessions,
      stats,
      parentOf: (stat: ProcessStat) => this.parentOf(stat),
      isMeant: (leader: ProcessStat, member: ProcessStat) => this.#parents.isMeant(leader, member),
      isFirst: (stat: ProcessStat) => this.#isFirst(stat),
      cgroupsOf: (stat: ProcessStat) => this.#cgroupsOf(stat),
      membersOf: (cgroup: ByteString) => cgroupMembers(machine, cgroup),
    };
    this.#membership = new Membership(population);
    this.#doubts = new Doubts(population, this.#membership);
  }

  /**
   * Looks at the sessions and at all processes once.
   *
   * Needs: nothing; what may not be seen is in the coverage
   * @throws {PlumblineError} what `observe` throws
   */
  static async open(options: ObserveOptions): Promise<MachineLook> {
    const machine = options.machine ?? liveMachineOnLinux();
    const began = readNow(machine.procfs);
    return new MachineLook(machine, began, await observeAll({ proveAbsence: false, ...options, machine }));
  }

  /** What the relations could not see, beyond what the look at the sessions could not. */
  get log(): CoverageLog {
    return this.#log;
  }

  /**
   * Begins a log of its own for what is read next: what one relation could not see is told apart from what others could
   * not. All of it stays in the coverage.
   */
  beginLog(): void {
    this.#earlier.push(this.#log);
    this.#log = new CoverageLog();
  }

  /** The session that a process counts to; null where it counts to none. */
  tagOf(stat: ProcessStat): SessionTag | null {
    return this.#membership.of(stat);
  }

  /** The same for a process that is held, which may be younger than the look. */
  tagOfHeld(held: HeldProcess): SessionTag | null {
    const stat = valueOrNull(readHeldStat(held));
    return stat && this.tagOf(stat);
  }

  /** The processes that count to these sessions; all, without any. */
  processesOf(sessions: ReadonlySet<Session> | null): ProcessStat[] {
    const all = [...this.stats.values()];
    if (sessions === null) return all;
    return all.filter((stat) => {
      const tag = this.tagOf(stat);
      return tag !== null && sessions.has(tag.session);
    });
  }

  /** The parent of a process as it was read; null where none is in sight, or it cannot be proven to be that one. */
  parentOf(stat: ProcessStat): ProcessStat | null {
    return this.#parents.of(stat);
  }

  /** How a process is led to its session; where it counts to none, to the topmost parent in sight. */
  lineOf(stat: ProcessStat): Step[] {
    return this.#membership.line(stat);
  }

  /** The control groups of a process below the roots, each with its hierarchy before the path. */
  cgroupsOf(stat: ProcessStat): readonly ByteString[] {
    return this.#cgroupsOf(stat);
  }

  /** The sessions that a process may count to, and the kernel keeps nothing that would say so. */
  mayCountTo(stat: ProcessStat): Session[] {
    return this.#doubts.of(stat);
  }

  /** Notes the processes that may count to these sessions: what belongs to them may be missing among their rows. */
  noteDoubts(sessions: ReadonlySet<Session>): void {
    for (const stat of this.stats.values()) {
      if (this.#doubts.of(stat, sessions).length > 0) this.log.addPid('parents_ended', stat.pid);
    }
  }

  /** How complete the look was, and what the relations have read since. */
  coverage(): Coverage {
    return this.#coverageWith([...this.#earlier, this.#log]);
  }

  /** The same without what was read before the present log was begun. */
  coverageOfLog(): Coverage {
    return this.#coverageWith([this.#log]);
  }

  #coverageWith(logs: readonly CoverageLog[]): Coverage {
    const read = logs.map((log) => ({ reasons: log.reasons(), damage: log.damage }));
    return mergedCoverage([this.snapshot.coverage, ...read]);
  }

  #isFirst(stat: ProcessStat): boolean {
    const known = this.#firsts.get(stat);
    if (known !== undefined) return known;
    const numbers = withProcess(this.machine.procfs, stat.pid, (held) => {
      return parseOutcome(held.read('status'), parseNamespacePids);
    });
    const isFirst = valueOrNull(numbers)?.at(-1) === 1;
    this.#firsts.set(stat, isFirst);
    return isFirst;
  }

  #cgroupsOf(stat: ProcessStat): readonly ByteString[] {
    const known = this.#cgroups.get(stat);
    if (known !== undefined) return known;
    const lines = valueOrNull(withProcess(this.machine.procfs, stat.pid, (held) => linesOf(held, stat))) ?? [];
    this.#cgroups.set(stat, lines);
    return lines;
  }
}

/** Of the process that is meant, and not of one that has its number by now. */
function linesOf(held: HeldProcess, { startTimeTicks }: ProcessStat): Outcome<readonly ByteString[]> {
  const now = readHeldStat(held);
  if (now.kind !== 'value') return now;
  return now.value.startTimeTicks === startTimeTicks ? cgroupLines(held) : value([]);
}
