import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { parseRunNs } from './parse/proc-schedstat.ts';
import { parseStatCpu } from './parse/proc-stat-cpu.ts';
import type { HeldProcess } from './procfs.ts';

/** How long a process has been on a CPU, as the kernel counts it twice. */
export interface CpuTime {
  /** Each thread that there is, to the nanosecond: one that has ended is not there any more. */
  readonly threadsNs: ReadonlyMap<ByteString, bigint>;
  /** The process with all that have ended, and the children that it has waited for: in ticks, each rounded down. */
  readonly ticks: readonly bigint[];
}

/** What a process that has just been born has used. */
export const NO_CPU_TIME: CpuTime = { threadsNs: new Map(), ticks: [] };

const NS_PER_TICK = 10_000_000n;

/**
 * Reads the CPU time of a process.
 *
 * Source: /proc/<pid>/task/<tid>/schedstat, /proc/<pid>/stat fields 14 to 17
 * Needs:  nothing; a kernel with CONFIG_SCHED_INFO, as distributions have it, otherwise `unsupported`
 */
export function readCpuTime(held: HeldProcess): Outcome<CpuTime> {
  const ticks = parseOutcome(held.read('stat'), parseStatCpu);
  if (ticks.kind !== 'value') return ticks;
  const threads = held.list('task');
  if (threads.kind !== 'value') return threads;
  const threadsNs = new Map<ByteString, bigint>();
  for (const tid of threads.value) {
    const runNs = parseOutcome(held.read(`task/${tid}/schedstat`), parseRunNs);
    if (runNs.kind === 'value') threadsNs.set(tid, runNs.value);
    // A thread may end between the list and its turn.
    else if (runNs.kind !== 'gone') return runNs;
  }
  if (threadsNs.size > 0) return value({ threadsNs, ticks: ticks.value });
  const stat = held.read('stat');
  return stat.kind === 'value' ? { kind: 'unsupported', errno: 'ENOENT' } : stat;
}

/**
 * What was used between two readings, at least: of the threads that are there, or of all by the coarser count, which
 * has those that were born and have ended in between.
 */
export function cpuBetween(before: CpuTime, after: CpuTime): bigint {
  let ofThreads = 0n;
  for (const [tid, runNs] of after.threadsNs) ofThreads += runNs - (before.threadsNs.get(tid) ?? 0n);
  let ofAll = 0n;
  for (const [index, ticks] of after.ticks.entries()) {
    // Of two numbers that were rounded down the difference can be one tick too many.
    const used = ticks - (before.ticks[index] ?? 0n) - 1n;
    if (used > 0n) ofAll += used * NS_PER_TICK;
  }
  return ofThreads > ofAll ? ofThreads : ofAll;
}
