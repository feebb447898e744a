import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { parseRunNs } from './parse/proc-schedstat.ts';
import type { HeldProcess } from './procfs.ts';

/** How long each thread of a process has been on a CPU, in nanoseconds. */
export type CpuTime = ReadonlyMap<ByteString, bigint>;

/**
 * Reads the CPU time of a process's threads. Those that have ended count no more, so two readings are compared thread
 * by thread.
 *
 * Source: /proc/<pid>/task/<tid>/schedstat
 * Needs:  nothing; a kernel with CONFIG_SCHED_INFO, as distributions have it, otherwise `unsupported`
 */
export function readCpuTime(held: HeldProcess): Outcome<CpuTime> {
  const threads = held.list('task');
  if (threads.kind !== 'value') return threads;
  const cpuTime = new Map<ByteString, bigint>();
  for (const tid of threads.value) {
    const runNs = parseOutcome(held.read(`task/${tid}/schedstat`), parseRunNs);
    if (runNs.kind === 'value') cpuTime.set(tid, runNs.value);
    // A thread may end between the list and its turn.
    else if (runNs.kind !== 'gone') return runNs;
  }
  if (cpuTime.size > 0) return value(cpuTime);
  const stat = held.read('stat');
  return stat.kind === 'value' ? { kind: 'unsupported', errno: 'ENOENT' } : stat;
}

/** What was used between two readings; of a thread that was born meanwhile, all. */
export function cpuBetween(before: CpuTime, after: CpuTime): bigint {
  let ns = 0n;
  for (const [tid, runNs] of after) ns += runNs - (before.get(tid) ?? 0n);
  return ns;
}
