import type { Home } from '../../model/home.ts';
import { describeMissing } from '../../model/outcome.ts';
import { parseOutcome } from '../attempt.ts';
import type { MountTable } from '../mounts.ts';
import type { Procfs } from '../procfs.ts';
import { compareWithProcfs, type Disagreement } from './sample.ts';
import type { TaskFile } from './task-file.ts';
import { decodeTasks, type TaskMap } from './task-record.ts';
import type { TaskRow } from './task-row.ts';

/** Why a reading of the iterator is not used: /proc tells the same, slower. */
export type NotUsed =
  | { readonly kind: 'unreadable'; readonly why: string; readonly isDamaged: boolean }
  /** Homes whose directories it would not tell from others. */
  | { readonly kind: 'homes'; readonly homes: readonly Home[] }
  /** It says of processes what /proc does not. */
  | { readonly kind: 'disagreed'; readonly with: readonly Disagreement[] };

/** One reading, taken apart; or why that could not be. */
export function readMap(file: TaskFile): TaskMap | NotUsed {
  const map = parseOutcome(file.read(), decodeTasks);
  if (map.kind === 'value') return map.value;
  return { kind: 'unreadable', why: describeMissing(map), isDamaged: map.kind === 'malformed' };
}

/** A process may change between its row and the look at /proc: one that differs in so many readings did not only change. */
const READINGS_TO_DIFFER = 3;

/**
 * Of which processes the iterator says what /proc does not, however often both are read.
 * @param rows those that are compared, of a reading of this file
 */
export function disagreements(
  file: TaskFile,
  rows: readonly TaskRow[],
  procfs: Procfs,
  mounts: MountTable | null,
): Disagreement[] {
  let differing = compareWithProcfs(rows, procfs, mounts);
  for (let readings = 1; differing.length > 0 && readings < READINGS_TO_DIFFER; readings++) {
    const again = readMap(file);
    if ('kind' in again) return differing;
    const pids = new Set(differing.map(({ pid }) => pid));
    differing = compareWithProcfs(
      again.rows.filter(({ pid }) => pids.has(pid)),
      procfs,
      mounts,
    );
  }
  return differing;
}
