import type { Home } from '../../model/home.ts';
import { describeMissing, type Missing, type Outcome, value } from '../../model/outcome.ts';
import { parseOutcome } from '../attempt.ts';
import type { MountTable } from '../mounts.ts';
import type { Procfs } from '../procfs.ts';
import { compareWithProcfs, type Disagreement, type InProcfs, lookInProcfs } from './sample.ts';
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
export function readMap(file: TaskFile): Outcome<TaskMap> {
  return parseOutcome(file.read(), decodeTasks);
}

/** What is said where a reading could not be had, or not be understood. */
export function unreadable(missing: Missing): NotUsed {
  return { kind: 'unreadable', why: describeMissing(missing), isDamaged: missing.kind === 'malformed' };
}

/**
 * A process may change between its row and the look at /proc. One that differs in so many readings, and that /proc has told
 * alike before and after each but the first, did not only change.
 */
const READINGS_TO_DIFFER = 4;

/**
 * Of which processes the iterator says what /proc does not, however often both are read.
 * @param rows those that are compared, of a reading of this file
 * @returns or why it cannot be read any more, and they cannot be compared once more
 */
export function disagreements(
  file: TaskFile,
  rows: readonly TaskRow[],
  procfs: Procfs,
  mounts: MountTable | null,
): Outcome<Disagreement[]> {
  let differing = compareWithProcfs(rows, procfs, mounts);
  for (let readings = 1; differing.length > 0 && readings < READINGS_TO_DIFFER; readings++) {
    const before = new Map<number, InProcfs>();
    for (const { pid } of differing) {
      const seen = lookInProcfs(pid, procfs, mounts);
      if (seen !== null) before.set(pid, seen);
    }
    const again = readMap(file);
    if (again.kind !== 'value') return again;
    differing = compareWithProcfs(again.value.rows, procfs, mounts, before);
  }
  return value(differing);
}
