import type { LiveSnapshot, Snapshots, TableNeeds } from '../../src/sql/tables/live-table.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import { parseCsv } from './csv.ts';

/** A row of a live table, by the names of its columns, each value as Postgres would read it. */
export type LiveRow = Readonly<Record<string, string | null>>;

/** What a statement needs that names these tables, and these columns. */
export function needs(tables: string, columns: string | null = null): TableNeeds {
  return { tables: new Set(tables.split(' ')), columns: columns === null ? 'all' : new Set(columns.split(' ')) };
}

/** The rows of one table of a snapshot. */
export async function rowsIn(snapshot: LiveSnapshot, asked: TableNeeds, table?: string): Promise<LiveRow[]> {
  const name = table ?? [...asked.tables][0];
  const columns = LIVE_TABLES.find((it) => it.name === name)?.columns ?? [];
  const csv = (await snapshot.read(asked)).get(name ?? '');
  if (csv === undefined) throw new Error(`${name} was not read`);
  return parseCsv(Buffer.from(csv).toString()).map((values) => {
    if (values.length !== columns.length) throw new Error(`${values.length} values for ${columns.length} columns`);
    return Object.fromEntries(columns.map((column, index) => [column.name, values[index] ?? null]));
  });
}

/** The rows of one table, as a statement of its own has them. */
export function select(snapshots: Snapshots, table: string, columns: string | null = null): Promise<LiveRow[]> {
  const asked = needs(table, columns);
  return rowsIn(snapshots.take(asked, { isBlock: false }), asked);
}
