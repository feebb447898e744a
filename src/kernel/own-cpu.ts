import { valueOrNull } from '../model/outcome.ts';
import { TICKS_PER_SECOND } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import type { Machine } from './machine.ts';
import { parseStatCpu } from './parse/proc-stat-cpu.ts';
import type { Procfs } from './procfs.ts';

const MS_PER_TICK = 1000 / TICKS_PER_SECOND;

/**
 * The CPU time of all children that this program has had and waited for: clients of multiplexers, and who was run under a
 * claim. Null where it cannot be read.
 *
 * Source: /proc/self/stat fields 16 and 17 (cutime, cstime)
 * Units:  milliseconds, in steps of 10
 * Needs:  nothing
 */
export function readChildrenCpuMs(procfs: Procfs): number | null {
  const cpu = valueOrNull(parseOutcome(procfs.read('self/stat'), parseStatCpu));
  if (cpu === null) return null;
  const [, , user = 0n, system = 0n] = cpu;
  return Number(user + system) * MS_PER_TICK;
}

/** Says how many milliseconds of CPU time this program has had since, with its children that have ended. */
export function cpuMeter({ procfs, isLive }: Machine): () => number {
  // Of a recorded machine nobody is asked.
  const childrenMs = () => (isLive ? readChildrenCpuMs(procfs) : null) ?? 0;
  const [before, childrenBefore] = [globalThis.process.cpuUsage(), childrenMs()];
  return () => {
    const { user, system } = globalThis.process.cpuUsage(before);
    return (user + system) / 1000 + childrenMs() - childrenBefore;
  };
}
