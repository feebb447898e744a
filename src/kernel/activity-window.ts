import type { TerminalActivity, Waiting } from '../model/activity.ts';
import { type Outcome, value } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import { type CpuTime, cpuBetween, NO_CPU_TIME, readCpuTime } from './cpu-time.ts';
import { readFrozen } from './frozen.ts';
import { type HeldTerminal, holdTerminal } from './held-terminal.ts';
import type { Lineage } from './lineage.ts';
import type { Machine } from './machine.ts';
import type { TtyCalls } from './native/tty.ts';
import { parseReadBytes } from './parse/proc-io.ts';
import { readHeldStat } from './process-stat.ts';
import type { HeldProcess } from './procfs.ts';
import { readWaiting } from './waiting.ts';

/** A descendant that lives at the end of the window, and the CPU time that it used in it. */
export interface ChildReading {
  readonly stat: ProcessStat;
  readonly cpuNs: bigint;
}

/** What happened in a window. */
export interface WindowReadings {
  readonly windowMs: number;
  readonly frozen: Outcome<boolean>;
  /** Null without a controlling terminal. */
  readonly terminal: TerminalActivity | null;
  readonly cpuNs: Outcome<bigint>;
  readonly bytesRead: Outcome<bigint>;
  readonly waiting: Outcome<Waiting>;
  readonly children: Outcome<readonly ChildReading[]>;
}

/** What is needed to look. */
export interface WindowOptions {
  readonly machine: Machine;
  readonly proc: HeldProcess;
  readonly stat: Pick<ProcessStat, 'pid' | 'ttyNr'>;
  readonly tty: TtyCalls;
}

/**
 * A window of time on a held process: opened, it reads what only grows; read, it reads it again, and what can be said
 * of a moment. Close it.
 *
 * Source: what readCpuTime, readFrozen, readWaiting, readLineage and holdTerminal read; /proc/<pid>/io
 * Needs:  nothing for CPU time, children and control groups; same uid or CAP_SYS_PTRACE for the rest, else denied
 */
export class ActivityWindow {
  readonly #options: WindowOptions;
  readonly #terminal: Outcome<HeldTerminal>;
  readonly #watch: Outcome<{ close(): void }>;
  readonly #startedMs = performance.now();
  readonly #cpuTime: Outcome<CpuTime>;
  readonly #readBytes: Outcome<bigint>;
  readonly #children = new Map<number, { readonly held: HeldProcess; readonly cpuTime: CpuTime }>();
  #writes = 0;
  #callOnWrite = () => {};
  #isBlind = false;

  /** @param lineage of this moment, as at the end of the window */
  constructor(options: WindowOptions, lineage: Outcome<Lineage>) {
    this.#options = options;
    const { proc, stat } = options;
    this.#terminal = holdTerminal(proc, stat.ttyNr);
    const written = () => {
      this.#writes++;
      this.#callOnWrite();
    };
    const gone = () => {
      this.#isBlind = true;
    };
    this.#watch = this.#terminal.kind === 'value' ? this.#terminal.value.watchWrites(written, gone) : this.#terminal;
    try {
      this.#cpuTime = readCpuTime(proc);
      this.#readBytes = readBytes(proc);
      const children = lineage.kind === 'value' ? lineage.value.descendantsOf(stat.pid) : [];
      for (const child of children) this.#hold(child);
    } catch (error) {
      // Nobody gets a window to close, and what watches a terminal keeps a program that ends.
      this.close();
      throw error;
    }
  }

  /** What was written to the terminal so far; the events are told between two turns of the event loop. */
  get writes(): number {
    return this.#writes;
  }

  /** Calls at each further write. */
  onWrite(call: () => void): void {
    this.#callOnWrite = call;
  }

  read(lineage: Outcome<Lineage>): WindowReadings {
    const { machine, proc, stat } = this.#options;
    const cpuTime = readCpuTime(proc);
    const bytes = readBytes(proc);
    return {
      windowMs: performance.now() - this.#startedMs,
      frozen: readFrozen(machine, proc),
      terminal: stat.ttyNr === 0 ? null : this.#terminalNow(),
      cpuNs: both(this.#cpuTime, cpuTime, cpuBetween),
      bytesRead: both(this.#readBytes, bytes, (before, after) => after - before),
      waiting: readWaiting(proc, stat.ttyNr),
      children: this.#childrenNow(lineage),
    };
  }

  close(): void {
    if (this.#watch.kind === 'value') this.#watch.value.close();
    if (this.#terminal.kind === 'value') this.#terminal.value.close();
    for (const { held } of this.#children.values()) held.close();
    this.#children.clear();
  }

  #terminalNow(): TerminalActivity {
    const terminal = this.#terminal;
    if (terminal.kind !== 'value') {
      return { descriptor: null, times: terminal, writes: terminal, unreadBytes: terminal, mode: terminal };
    }
    const hungUp: Outcome<number> = { kind: 'gone', errno: 'ENOENT' };
    const seen = this.#isBlind ? hungUp : value(this.#writes);
    return {
      descriptor: terminal.value.descriptor,
      times: terminal.value.times(),
      writes: this.#watch.kind === 'value' ? seen : this.#watch,
      ...terminal.value.input(this.#options.tty),
    };
  }

  #childrenNow(lineage: Outcome<Lineage>): Outcome<readonly ChildReading[]> {
    if (lineage.kind !== 'value') return lineage;
    const readings: ChildReading[] = [];
    for (const child of lineage.value.descendantsOf(this.#options.stat.pid)) {
      // One that was not there before has used all of its time in the window.
      const before = this.#children.get(child.pid) ?? this.#hold(child, NO_CPU_TIME);
      if (!before) continue;
      const stat = readHeldStat(before.held);
      const cpuTime = readCpuTime(before.held);
      if (stat.kind === 'gone' || cpuTime.kind === 'gone') continue;
      if (stat.kind !== 'value') return stat;
      if (cpuTime.kind !== 'value') return cpuTime;
      readings.push({ stat: stat.value, cpuNs: cpuBetween(before.cpuTime, cpuTime.value) });
    }
    return value(readings);
  }

  #hold({ pid, startTimeTicks }: ProcessStat, known?: CpuTime) {
    const opened = this.#options.machine.procfs.open(pid);
    if (opened.kind !== 'value') return null;
    const held = opened.value;
    let child: { readonly held: HeldProcess; readonly cpuTime: CpuTime } | null = null;
    try {
      const stat = readHeldStat(held);
      const cpuTime = known ? value(known) : readCpuTime(held);
      if (stat.kind === 'value' && stat.value.startTimeTicks === startTimeTicks && cpuTime.kind === 'value') {
        child = { held, cpuTime: cpuTime.value };
        this.#children.set(pid, child);
      }
      return child;
    } finally {
      if (child === null) held.close();
    }
  }
}

function readBytes(proc: HeldProcess): Outcome<bigint> {
  return parseOutcome(proc.read('io'), parseReadBytes);
}

function both<T, R>(before: Outcome<T>, after: Outcome<T>, difference: (before: T, after: T) => R): Outcome<R> {
  if (before.kind !== 'value') return before;
  return after.kind === 'value' ? value(difference(before.value, after.value)) : after;
}
