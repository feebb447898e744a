import { type Outcome, value, valueOrNull } from '../../model/outcome.ts';
import { TICKS_PER_SECOND } from '../../model/process.ts';
import { parseOutcome } from '../attempt.ts';
import { CoverageLog } from '../coverage.ts';
import { MountTables } from '../mounts.ts';
import { readStat } from '../process-stat.ts';
import type { Procfs } from '../procfs.ts';
import { disagreements } from './readings.ts';
import type { Disagreement } from './sample.ts';
import type { TaskFile } from './task-file.ts';
import { decodeTasks, type TaskMap } from './task-record.ts';

/** All that the iterator tells, beside /proc. */
export interface ComparedTasks {
  readonly rows: number;
  readonly tookMs: number;
  /** Of whom the two say different things. */
  readonly differing: readonly Disagreement[];
  /** Who is in /proc, was there before the reading, and is not told. Some kernels keep processes from iterators. */
  readonly untold: readonly number[];
}

/**
 * Compares every process of one reading with what /proc tells of it.
 *
 * Source: the iterator; /proc/<pid>/stat, /proc/<pid>/cwd
 * Needs:  the right to read the iterator; what may not be seen in /proc is not compared
 */
export function compareAllTasks(file: TaskFile, procfs: Procfs): Outcome<ComparedTasks> {
  const listed = valueOrNull(procfs.list())?.pids ?? [];
  const startedMs = performance.now();
  const map = parseOutcome(file.read(), decodeTasks);
  const tookMs = performance.now() - startedMs;
  if (map.kind !== 'value') return map;
  const mounts = new MountTables(procfs, new CoverageLog()).own();
  const { rows } = map.value;
  // Zero is the number of those that our pid namespace does not see.
  const ours = rows.filter(({ pid }) => pid !== 0);
  const differing = disagreements(file, ours, procfs, mounts);
  if (differing.kind !== 'value') return differing;
  return value({ rows: rows.length, tookMs, differing: differing.value, untold: untold(map.value, listed, procfs) });
}

function untold({ rows, beganNs, timeOffsetNs }: TaskMap, listed: readonly number[], procfs: Procfs): number[] {
  const told = new Set(rows.map(({ pid }) => pid));
  const began = ((beganNs + timeOffsetNs) * BigInt(TICKS_PER_SECOND)) / 1_000_000_000n;
  return listed.filter((pid) => {
    const stat = told.has(pid) ? null : valueOrNull(readStat(procfs, pid));
    // A number that was given anew since is another process's.
    return stat !== null && stat.startTimeTicks < began;
  });
}
