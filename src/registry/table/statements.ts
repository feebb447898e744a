import { type ColumnKind, mappedColumns, type TableMapping } from '../../model/table-mapping.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { TableCatalog } from './catalog.ts';
import { columnOf } from './fitness.ts';

/** What a row must still hold to be changed: what every decision is made from. */
const GUARDED: readonly ColumnKind[] = ['pid', 'host', 'status', 'terminal', 'pane', 'ended_at'];
/** The same for decisions that rest on when the row was written. */
const GUARDED_BY_TIME: readonly ColumnKind[] = ['started_at', 'observed_at'];

/**
 * Reads the rows of this host, and those that name none, which say that their session lives: the others can be very many.
 * $1 the host id, where a host is mapped; then the values of a status that lives, as a JSON array, where one is mapped.
 */
export function readSql(catalog: TableCatalog, mapping: TableMapping): string {
  const conditions = [ofHost(mapping, '$1'), lives(mapping, mapping.columns.host === undefined ? '$1' : '$2')];
  return `${selectSql(catalog, mapping)} and ${conditions.filter((it) => it !== null).join(' and ')}`;
}

/** The parameters of `readSql`. */
export function readParameters({ columns, alive }: TableMapping, hostId: string): string[] {
  return [
    ...(columns.host === undefined ? [] : [hostId]),
    ...(columns.status === undefined ? [] : [JSON.stringify(alive)]),
  ];
}

/**
 * Reads the rows of this host, and those that name none, which say that their session has ended. Parameters as for
 * `readSql`, with the values of a status that is dead.
 */
export function readEndedSql(catalog: TableCatalog, mapping: TableMapping): string {
  const parameter = mapping.columns.host === undefined ? '$1' : '$2';
  // A status that is mapped is one of the words; else what does not live has ended.
  const ended = mapping.columns.status === undefined ? `not ${lives(mapping, parameter)}` : lives(mapping, parameter);
  const conditions = [ofHost(mapping, '$1'), ended];
  return `${selectSql(catalog, mapping)} and ${conditions.filter((it) => it !== null).join(' and ')}`;
}

/**
 * Reads rows by their names, whoever's they are and whatever they say.
 * $1 the names, as a JSON array; where each host has rows of its own $2 the host id.
 */
export function readNamedSql(catalog: TableCatalog, mapping: TableMapping): string {
  const names = `select value::${castOf(catalog, mapping.key)} from jsonb_array_elements_text($1::jsonb)`;
  const own = hasRowsOfEachHost(catalog, mapping) ? ` and ${ofHost(mapping, '$2')}` : '';
  return `${selectSql(catalog, mapping)} and ${quoteIdentifier(mapping.key)} in (${names})${own}`;
}

/** Counts the rows by what says whether they are compared. */
export function countSql(catalog: TableCatalog, { key, columns: { host, status } }: TableMapping): string {
  const hosts = host === undefined ? 'null::text' : `${quoteIdentifier(host)}::text`;
  const words = status === undefined ? 'null::text' : `${quoteIdentifier(status)}::text`;
  const nameless = `(${quoteIdentifier(key)} is null)::text`;
  const columns = `${hosts} as host, ${words} as status, ${nameless} as nameless`;
  return `select ${columns}, count(*)::text as rows from ${catalog.name} group by 1, 2, 3`;
}

/** Whether the key is unique with the host only: then each host has a row of its own for a name. */
export function hasRowsOfEachHost({ uniqueKeys }: TableCatalog, { key, columns: { host } }: TableMapping): boolean {
  return host !== undefined && !uniqueKeys.some((unique) => unique.length === 1 && unique[0] === key);
}

function ofHost({ columns: { host } }: TableMapping, parameter: string): string | null {
  if (host === undefined) return null;
  return `(${quoteIdentifier(host)}::text = ${parameter}::text or ${quoteIdentifier(host)} is null)`;
}

function lives({ columns: { pid, status, ended_at } }: TableMapping, parameter: string): string {
  if (status !== undefined) {
    return `${quoteIdentifier(status)}::text in (select value from jsonb_array_elements_text(${parameter}::jsonb))`;
  }
  return ended_at === undefined ? `${quoteIdentifier(pid)} is not null` : `${quoteIdentifier(ended_at)} is null`;
}

function selectSql(catalog: TableCatalog, mapping: TableMapping): string {
  const columns = mappedColumns(mapping).map(([kind, name]) => `${quoteIdentifier(name)}::text as ${kind}`);
  const { started_at, observed_at, ended_at } = mapping.columns;
  const times = [
    ...(started_at === undefined ? [] : [`${milliseconds(started_at)} as started_ms`]),
    ...(observed_at === undefined ? [] : [`${milliseconds(observed_at)} as observed_ms`]),
    ...(ended_at === undefined ? [] : [`${milliseconds(ended_at)} as ended_ms`]),
  ];
  const key = quoteIdentifier(mapping.key);
  return `select ${[`${key}::text as key`, ...columns, ...times].join(', ')} from ${catalog.name} where ${key} is not null`;
}

/**
 * Writes changes, each only where the row still holds what was read, and returns the names that were written.
 * $1 the rows to update, and where rows are inserted $2 those: each an array of `{name, was: {…}, set: {…}}`.
 */
export function writeSql(catalog: TableCatalog, mapping: TableMapping): string {
  const columns = mappedColumns(mapping);
  const key = quoteIdentifier(mapping.key);
  const name = `i.name::${castOf(catalog, mapping.key)}`;
  const cast = (kind: ColumnKind, column: string) => `(i.set ->> '${kind}')::${castOf(catalog, column)}`;
  const sets = columns.map(([kind, column]) => {
    const quoted = quoteIdentifier(column);
    return `${quoted} = case when i.set ? '${kind}' then ${cast(kind, column)} else t.${quoted} end`;
  });
  const guards = columns.flatMap(([kind, column]) => {
    const isSame = `t.${quoteIdentifier(column)}::text is not distinct from i.was ->> '${kind}'`;
    if (GUARDED.includes(kind)) return [isSame];
    return GUARDED_BY_TIME.includes(kind) ? [`(not i.was ? '${kind}' or ${isSame})`] : [];
  });
  const targets = [key, ...columns.map(([, column]) => quoteIdentifier(column))];
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
  on conflict (${keyOf(catalog, mapping).map(quoteIdentifier).join(', ')}) do nothing
  returning ${key}::text as name
)
select name from changed union all select name from added`;
}

/** The columns by which a row is one. */
function keyOf(catalog: TableCatalog, mapping: TableMapping): string[] {
  const { host } = mapping.columns;
  return hasRowsOfEachHost(catalog, mapping) && host !== undefined ? [mapping.key, host] : [mapping.key];
}

/** What a row was when the decision was made, as far as the decision rests on it. */
export function guardedValues<T>(values: Readonly<Partial<Record<ColumnKind, T>>>, isByTime: boolean) {
  const kinds = isByTime ? [...GUARDED, ...GUARDED_BY_TIME] : GUARDED;
  return Object.fromEntries(Object.entries(values).filter(([kind]) => kinds.includes(kind as ColumnKind)));
}

function castOf(catalog: TableCatalog, column: string): string {
  return columnOf(catalog, column)?.cast ?? 'text';
}

function milliseconds(column: string): string {
  return `(extract(epoch from ${quoteIdentifier(column)})::numeric * 1000::numeric)::text`;
}
