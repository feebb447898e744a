import { type Text, toText } from '../../model/text.ts';
import type { Field } from '../../relations/column.ts';
import { escapeCell, escapeField } from './escape.ts';
import type { Cell } from './table.ts';

const NOTHING: Cell = { text: '-', style: 'dim' };

/** A row of any relation as the cells of a table: nothing for what is not known. */
export function rowCells(columns: readonly Field[], row: unknown): Cell[] {
  return columns.map((column) => {
    const text = wordOf(column, row, escapeCell);
    return text === null || text === '' ? NOTHING : { text };
  });
}

/** A row as the fields of a line, escaped: empty for what is not known. */
export function rowFields(columns: readonly Field[], row: unknown): string[] {
  return columns.map((column) => wordOf(column, row, escapeField) ?? '');
}

/** One value as a word. Rows of a list stand between commas, their own values between colons. */
function wordOf(column: Field, row: unknown, escaped: (text: Text) => string): string | null {
  // Columns and rows were checked against each other where the relation was described.
  const known = row as never;
  switch (column.type) {
    case 'text': {
      const value = column.value(known);
      return value && escaped(value);
    }
    case 'words':
      return (
        column
          .value(known)
          ?.map((it) => escaped(toText(it)))
          .join(',') ?? null
      );
    case 'word': {
      const value = column.value(known);
      return value === null ? null : escaped(toText(value));
    }
    case 'time':
      return column.value(known)?.toISOString() ?? null;
    case 'object':
    case 'list': {
      const words = column.rows(known)?.map((inner) => {
        return column.columns.map((it) => wordOf(it, inner, escaped) ?? '').join(':');
      });
      return words?.join(',') ?? null;
    }
    default: {
      const value = column.value(known);
      return value === null ? null : String(value);
    }
  }
}
