import { PF, sameFile } from '../../model/process.ts';
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
 * @returns those that differ. Any of them may have changed since: who is to say so has to read both once more
 */
export function compareWithProcfs(
  sample: readonly TaskRow[],
  procfs: Procfs,
  mounts: MountTable | null,
): Disagreement[] {
  return sample.flatMap((row) => {
    const opened = (row.verdict & VERDICT.SOUND) === 0 ? null : procfs.open(row.pid);
    if (opened?.kind !== 'value') return [];
    try {
      const what = difference(row, opened.value, mounts);
      return what === null ? [] : [{ pid: row.pid, what }];
    } finally {
      opened.value.close();
    }
  });
}

function difference(row: TaskRow, held: HeldProcess, mounts: MountTable | null): string | null {
  const stat = readHeldStat(held);
  if (stat.kind !== 'value') return null;
  // Of a kernel thread /proc tells the whole name, and what it is working on.
  const isSuffixed = (row.flags & PF.KTHREAD) !== 0 && stat.value.comm.startsWith(row.comm);
  const comm = isSuffixed ? row.comm : stat.value.comm;
  if (!isSameMoment(row, { ...stat.value, comm })) return 'stat';
  const [own] = row.levels > 0 ? chainOf(row, 0) : [];
  if (own === undefined || !isPlain(own.dev, mounts)) return null;
  const directory = holdLocal(held, 'cwd', mounts);
  if (directory === 'remote' || directory.kind !== 'value') return null;
  const seen = directory.value.stat(0);
  directory.value.close();
  return seen.kind === 'value' && !sameFile(seen.value, own) ? 'cwd' : null;
}
