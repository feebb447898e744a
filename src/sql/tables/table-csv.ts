import type { Column, Field } from '../../relations/column.ts';
import { csvValue } from './csv.ts';
import { sqlText, timestamp } from './sql-value.ts';

/** What was read of a table. */
export interface TableRows {
  readonly count: number;
  /** Where the values of a column are from, in the order of the rows; null where a row has gone before they were read. */
  readonly rowsOf: (column: string) => readonly unknown[];
  /** When reading of a row was begun: nothing in it is older. */
  readonly observedAt: (position: number) => Date;
}

/** What of it is written. */
interface CsvOptions {
  /** Any other column is null: nothing of it may have been read. */
  readonly wanted: ReadonlySet<string>;
  readonly hostId: string | null;
}

/** Types whose values never need quotes. */
const BARE: ReadonlySet<Field['type']> = new Set(['u64', 'integer', 'boolean', 'time']);

/** The rows of a table as CSV, in the order of its columns. */
export function tableCsv(columns: readonly Field[], rows: TableRows, { wanted, hostId }: CsvOptions): Uint8Array {
  const cells = columns.map((column) => (wanted.has(column.name) ? cellsOf(column, rows) : nothing));
  const host = csvValue(hostId);
  const ends = new Map<number, string>();
  const endOf = (observedAt: Date) => {
    const end = ends.get(observedAt.getTime()) ?? `${host},${timestamp(observedAt)}\n`;
    ends.set(observedAt.getTime(), end);
    return end;
  };
  let csv = '';
  for (let position = 0; position < rows.count; position++) {
    for (const cell of cells) csv += `${cell(position)},`;
    csv += endOf(rows.observedAt(position));
  }
  return Buffer.from(csv, 'utf8');
}

const nothing = () => '';

function cellsOf(field: Field, { rowsOf }: TableRows): (position: number) => string {
  // A relation's rows are read by the reader that it was described with; only their type is forgotten since.
  const text = sqlText(field as Column<unknown>);
  const rows = rowsOf(field.name);
  const isBare = BARE.has(field.type);
  return (position) => {
    const row = rows[position] ?? null;
    const value = row === null ? null : text(row);
    return value !== null && isBare ? value : csvValue(value);
  };
}
