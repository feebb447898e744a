import type { Column, Field } from '../../relations/column.ts';
import type { LiveColumn } from './live-table.ts';

/** What SQL calls each type; that of a list depends on what is in it. */
const SQL_TYPES: Readonly<Record<Field['type'], string>> = {
  text: 'text',
  word: 'text',
  words: 'text[]',
  u64: 'numeric(20)',
  integer: 'bigint',
  boolean: 'boolean',
  time: 'timestamptz',
  object: 'jsonb',
  list: 'jsonb',
};

/** A column of a relation as SQL has it. */
export function sqlColumn(column: Field & { readonly source?: string }): LiveColumn {
  const { name, unit, doc, source } = column;
  const inUnit = unit === null ? '' : `, in ${unit}`;
  const read = source === undefined ? '' : ` (${source})`;
  return { name, type: sqlType(column), comment: `${doc}${inUnit}${keysOf(column)}${read}` };
}

/** What stands in the objects of a list. */
function keysOf(column: Field): string {
  if (!('columns' in column) || elementOf(column) !== null) return '';
  return `; each with ${column.columns.map((it) => it.name).join(', ')}`;
}

/** Lists of values alone are arrays, which `= any (…)` looks through; with several columns they are jsonb. */
function sqlType(column: Field): string {
  const only = elementOf(column);
  return only === null ? SQL_TYPES[column.type] : `${SQL_TYPES[only.type]}[]`;
}

/** The one column of a list of values; null for anything else. */
export function elementOf<Row>(column: Column<Row>): Field | null {
  if (column.type !== 'list' || column.columns.length !== 1) return null;
  const [only] = column.columns;
  return only === undefined || 'columns' in only || only.type === 'words' ? null : only;
}
