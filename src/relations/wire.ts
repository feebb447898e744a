import type { Text } from '../model/text.ts';
import type { Column, Relation } from './column.ts';

/** What stands in JSON. */
type WireValue = string | number | boolean | null | WireObject | readonly WireValue[];

/** A JSON object, its keys in the order of the columns. */
export interface WireObject {
  readonly [name: string]: WireValue;
}

/** One row as it stands in JSON: every column, null where it is unknown. */
export function toWire<Row>(relation: Pick<Relation<Row>, 'columns'>, row: Row): WireObject {
  const fields: Record<string, WireValue> = {};
  for (const column of relation.columns) {
    fields[column.name] = wireValue(column, row);
    const bytes = column.type === 'text' ? exactBytes(column.value(row)) : null;
    if (bytes !== null) fields[`${column.name}_base64`] = bytes;
  }
  return fields;
}

function wireValue<Row>(column: Column<Row>, row: Row): WireValue {
  switch (column.type) {
    case 'text':
      return column.value(row)?.text ?? null;
    case 'u64':
      return column.value(row)?.toString() ?? null;
    case 'time':
      return column.value(row)?.toISOString() ?? null;
    case 'object':
      return nestedRows(column, row)?.[0] ?? null;
    case 'list':
      return nestedRows(column, row);
    default:
      return column.value(row);
  }
}

function nestedRows<Row>(column: Extract<Column<Row>, { columns: unknown }>, row: Row): WireObject[] | null {
  // `nested` has checked the rows against the columns; only their type is forgotten since.
  return column.rows(row)?.map((inner) => toWire(column, inner as never)) ?? null;
}

function exactBytes(text: Text | null): string | null {
  return text === null ? null : text.base64;
}
