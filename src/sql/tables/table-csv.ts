import type { Column } from '../../relations/column.ts';
import { csvValue } from './csv.ts';
import { sqlText, timestamp } from './sql-value.ts';

/** What the last columns of every row say. */
export interface Origin {
  readonly hostId: string | null;
  readonly observedAt: Date;
}

/**
 * The rows of a table as CSV, in the order of its columns. A column that is not wanted is null: nothing of it may have been
 * read.
 */
export function tableCsv<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { wanted, origin }: { readonly wanted: ReadonlySet<string>; readonly origin: (position: number) => Origin },
): Uint8Array {
  const texts = columns.map((column) => (wanted.has(column.name) ? sqlText(column) : null));
  const ends = new Map<Origin, string>();
  const endOf = (it: Origin) => {
    const end = ends.get(it) ?? `${csvValue(it.hostId)},${timestamp(it.observedAt)}\n`;
    ends.set(it, end);
    return end;
  };
  let csv = '';
  for (const [position, row] of rows.entries()) {
    for (const text of texts) csv += text === null ? ',' : `${csvValue(text(row))},`;
    csv += endOf(origin(position));
  }
  return Buffer.from(csv, 'utf8');
}
