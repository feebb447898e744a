import { quoteIdentifier, quoteLiteral } from '../../registry/identifiers.ts';
import type { LiveTable } from '../tables/live-table.ts';

/** Where a live table is read from, in the engine's own file system. */
export function kernelFile(table: string): string {
  return `${KERNEL_DIRECTORY}/${table}`;
}

/** Where all of them stand. */
export const KERNEL_DIRECTORY = '/kernel';

/**
 * Statements that make the live tables, in a database that has none.
 *
 * A foreign table is listed apart from tables, by `\dt` and by most programs. So each is the only partition of a table,
 * which is what its reader names; the partition stands in a schema of its own, out of sight.
 */
export function createTables(tables: readonly LiveTable[]): string {
  const before = [
    'create extension file_fdw',
    'create server kernel foreign data wrapper file_fdw',
    'create schema live',
    `comment on schema live is ${quoteLiteral('where the tables of schema public are read from: use those')}`,
  ];
  return [...before, ...tables.flatMap(createTable)].map((it) => `${it};\n`).join('');
}

function createTable({ name, comment, columns }: LiveTable): readonly string[] {
  const [first] = columns;
  if (first === undefined) throw new RangeError(`the table ${name} has no columns`);
  const table = `public.${quoteIdentifier(name)}`;
  const list = columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(', ');
  const options = `filename ${quoteLiteral(kernelFile(name))}, format 'csv'`;
  return [
    `create table ${table} (${list}) partition by list (${quoteIdentifier(first.name)})`,
    `create foreign table live.${quoteIdentifier(name)} partition of ${table} default server kernel options (${options})`,
    `comment on table ${table} is ${quoteLiteral(comment)}`,
    ...columns.map((it) => `comment on column ${table}.${quoteIdentifier(it.name)} is ${quoteLiteral(it.comment)}`),
  ];
}
