import type { Column } from './column.ts';

/** One of an object's columns as a column of the row: what it is called there. */
export interface Flat {
  readonly column: string;
  readonly name: string;
}

/**
 * Columns of an object beside the others of its row, for wires that have no objects: what they are, and their values, are
 * the object's own.
 */
export function flattened<Row>(object: Column<Row>, flats: readonly Flat[]): Column<Row>[] {
  if (object.type !== 'object') throw new TypeError(`${object.name} is no object`);
  const { columns, rows } = object;
  return flats.map(({ column: inner, name }, position) => {
    const column = columns.find((it) => it.name === inner);
    if (column === undefined) throw new TypeError(`${object.name} has no column ${inner}`);
    if ('columns' in column) throw new TypeError(`${object.name}.${inner} is not flat`);
    const doc = position === 0 ? `${object.doc}: ${column.doc}` : `of \`${object.name}\`: ${column.doc}`;
    const value = (row: Row) => {
      const [it] = rows(row) ?? [];
      // `nested` has checked the object against its columns; only its type is forgotten since.
      return it === undefined ? null : column.value(it as never);
    };
    return { ...column, name, doc, value } as Column<Row>;
  });
}
