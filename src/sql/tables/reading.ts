import { type Coverage, mergedCoverage } from '../../model/coverage.ts';
import type { TableRows } from './table-csv.ts';

/** What was read of a table, and what could not be seen of it. */
export interface Reading extends TableRows {
  readonly coverage: Coverage;
}

/** Rows that were read in one go. */
export function reading(rows: readonly unknown[], observedAt: Date, coverage: Coverage): Reading {
  return { count: rows.length, rowsOf: () => rows, observedAt: () => observedAt, coverage };
}

/** What was read later of the same things. */
interface More {
  readonly columns: ReadonlySet<string>;
  readonly rows: readonly unknown[];
  readonly coverage: Coverage;
}

/**
 * The same rows with more columns: what has been read of them stays as it was, those that have come since are none of them,
 * and of those that have gone since nothing more is known.
 * @param keyOf which thing a row is
 */
export function withMore(before: Reading, more: More, keyOf: (row: never) => string): Reading {
  const byKey = new Map(more.rows.map((row) => [keyOf(row as never), row]));
  const [{ rowsOf }, columns] = [before, more.columns];
  const rows = rowsOf('').map((row) => byKey.get(keyOf(row as never)) ?? null);
  return {
    ...before,
    rowsOf: (column) => (columns.has(column) ? rows : rowsOf(column)),
    coverage: mergedCoverage([before.coverage, more.coverage]),
  };
}
