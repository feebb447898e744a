import { type ColumnKind, mappedColumns, type TableMapping } from '../../model/table-mapping.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { TableCatalog } from './catalog.ts';
import { columnOf } from './fitness.ts';

/** What a row must still hold to be changed: what the decision was made from. */
const GUARDED: readonly ColumnKind[] = ['pid', 'host', 'status', 'terminal', 'ended_at'];

/**
 * Reads the rows of this host, and those that name none.
 * $1 the host id, where a host is mapped.
 */
export function readSql(catalog: TableCatalog, mapping: TableMapping): string {
  const { host } = mapping.columns;
  const where = host === undefined ? '' : ` where ${quoteIdentifier(host)} = $1 or ${quoteIdentifier(host)} is null`;
  return `${selectSql(catalog, mapping)}${where}`;
}

/** Reads the rows of other hosts. $1 the host id, $2 the names, as a JSON array; null where rows do not say their host. */
export function readOthersSql(catalog: TableCatalog, mapping: TableMapping): string | null {
  const { host } = mapping.columns;
  // Where the key is unique with the host only, each host has a row of its own.
  if (host === undefined || !catalog.uniqueKeys.some((unique) => unique.length === 1 && unique[0] === mapping.key)) {
    return null;
  }
  const names = `select value::${columnOf(catalog, mapping.key)?.type ?? 'text'} from jsonb_array_elements_text($2::jsonb)`;
  const where = `where ${quoteIdentifier(host)} <> $1 and ${quoteIdentifier(mapping.key)} in (${names})`;
  return `${selectSql(catalog, mapping)} ${where}`;
}

function selectSql(catalog: TableCatalog, mapping: TableMapping): string {
  const columns = mappedColumns(mapping).map(([kind, name]) => `${quoteIdentifier(name)}::text as ${kind}`);
  const { started_at, observed_at } = mapping.columns;
  const times = [
    ...(started_at === undefined ? [] : [`${milliseconds(started_at)} as started_ms`]),
    ...(observed_at === undefined ? [] : [`${milliseconds(observed_at)} as observed_ms`]),
  ];
  const key = quoteIdentifier(mapping.key);
  return `select ${[`${key}::text as key`, ...columns, ...times].join(', ')} from ${catalog.name}`;
}

/**
 * Writes changes, each only where the row still holds what was read, and returns the names that were written.
 * $1 the rows to update, and where rows are inserted $2 those: each an array of `{name, was: {…}, set: {…}}`.
 */
export function writeSql(catalog: TableCatalog, mapping: TableMapping): string {
  const columns = mappedColumns(mapping);
  const typeOf = (name: string) => columnOf(catalog, name)?.type ?? 'text';
  const key = quoteIdentifier(mapping.key);
  const name = `i.name::${typeOf(mapping.key)}`;
  const cast = (kind: ColumnKind, name: string) => `(i.set ->> '${kind}')::${typeOf(name)}`;
  const sets = columns.map(([kind, column]) => {
    const quoted = quoteIdentifier(column);
    return `${quoted} = case when i.set ? '${kind}' then ${cast(kind, column)} else t.${quoted} end`;
  });
  const guards = columns
    .filter(([kind]) => GUARDED.includes(kind))
    .map(([kind, column]) => `t.${quoteIdentifier(column)}::text is not distinct from i.was ->> '${kind}'`);
  const targets = [key, ...columns.map(([, name]) => quoteIdentifier(name))];
  const values = [name, ...columns.map(([kind, column]) => cast(kind, column))];
  const changed = `update ${catalog.name} as t set ${sets.join(', ')}
  from jsonb_to_recordset($1::jsonb) as i (name text, was jsonb, set jsonb)
  where t.${key} = ${name} and ${guards.join(' and ')}
  returning i.name`;
  // The right to insert is asked for even where there is nothing to insert.
  if (!mapping.insert) return changed;
  return `with changed as (
  ${changed}
), added as (
  insert into ${catalog.name} (${targets.join(', ')})
  select ${values.join(', ')} from jsonb_to_recordset($2::jsonb) as i (name text, set jsonb)
  on conflict do nothing
  returning ${key}::text as name
)
select name from changed union all select name from added`;
}

function milliseconds(column: string): string {
  return `(extract(epoch from ${quoteIdentifier(column)}) * 1000)::text`;
}
