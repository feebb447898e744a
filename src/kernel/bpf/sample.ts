import { type FileId, PF, type ProcessStat, sameFile } from '../../model/process.ts';
import { holdLocal } from '../cwd.ts';
import { isSameMoment } from '../inspect.ts';
import type { MountTable } from '../mounts.ts';
import { readHeldStat } from '../process-stat.ts';
import type { HeldProcess, Procfs } from '../procfs.ts';
import { chainOf, isPlain } from './home-levels.ts';
import type { TaskMap } from './task-record.ts';
import { type TaskRow, VERDICT } from './task-row.ts';

/** So many processes of each reading are compared with /proc, besides the first one and ourselves. */
const SAMPLES = 12;

/** What differs of a process that has not changed: field by field, for a report. */
export interface Disagreement {
  readonly pid: number;
  readonly what: string;
}

/** The rows that are compared: spread over all, at places that are others each time. */
export function sampleOf({ rows, beganNs }: TaskMap, selfPid: number): TaskRow[] {
  const step = Math.max(1, Math.floor(rows.length / SAMPLES));
  const first = Number(beganNs % BigInt(step));
  const spread = rows.filter((row, index) => index % step === first && row.pid > 1 && row.pid !== selfPid);
  return [...rows.filter((row) => row.pid === 1 || row.pid === selfPid), ...spread];
}

/**
 * Compares some of a reading with what /proc tells of the same processes.
 *
 * Source: /proc/<pid>/stat, /proc/<pid>/cwd
 * Needs:  nothing; what may not be seen is not compared
 * @param before what /proc told before the reading: one that it tells otherwise now has changed, and proves nothing
 * @returns those that differ. Any of them may have changed since: who is to say so has to read both once more
 */
export function compareWithProcfs(
  sample: readonly TaskRow[],
  procfs: Procfs,
  mounts: MountTable | null,
  before: ReadonlyMap<number, InProcfs> | null = null,
): Disagreement[] {
  return sample.flatMap((row) => {
    const earlier = before?.get(row.pid) ?? null;
    if ((row.verdict & VERDICT.SOUND) === 0 || (before !== null && earlier === null)) return [];
    const now = lookInProcfs(row.pid, procfs, mounts);
    if (now === null || (earlier !== null && difference(earlier, now) !== null)) return [];
    const what = difference({ stat: row, cwd: cwdByRow(row, mounts) }, now);
    return what === null ? [] : [{ pid: row.pid, what }];
  });
}

/** What is compared of a process. */
export interface InProcfs {
  readonly stat: ProcessStat;
  /** Its working directory; null where that is not compared. */
  readonly cwd: FileId | null;
}

/** What /proc tells of a process; null where it does not. */
export function lookInProcfs(pid: number, procfs: Procfs, mounts: MountTable | null): InProcfs | null {
  const opened = procfs.open(pid);
  if (opened.kind !== 'value') return null;
  const held = opened.value;
  try {
    const stat = readHeldStat(held);
    return stat.kind === 'value' ? { stat: stat.value, cwd: cwdOf(held, mounts) } : null;
  } finally {
    held.close();
  }
}

function cwdOf(held: HeldProcess, mounts: MountTable | null): FileId | null {
  const directory = holdLocal(held, 'cwd', mounts);
  if (directory === 'remote' || directory.kind !== 'value') return null;
  const seen = directory.value.stat(0);
  directory.value.close();
  return seen.kind === 'value' ? seen.value : null;
}

function cwdByRow(row: TaskRow, mounts: MountTable | null): FileId | null {
  const [own] = row.levels > 0 ? chainOf(row, 0) : [];
  return own !== undefined && isPlain(own.dev, mounts) ? own : null;
}

function difference(told: InProcfs, { stat, cwd }: InProcfs): string | null {
  // Of a kernel thread /proc tells the whole name, and what it is working on.
  const isSuffixed = (told.stat.flags & PF.KTHREAD) !== 0 && stat.comm.startsWith(told.stat.comm);
  const comm = isSuffixed ? told.stat.comm : stat.comm;
  if (!isSameMoment(told.stat, { ...stat, comm })) return 'stat';
  return told.cwd !== null && cwd !== null && !sameFile(told.cwd, cwd) ? 'cwd' : null;
}
