import type { Text } from '../../model/text.ts';
import type { Field } from '../../relations/column.ts';
import { escapeCell, escapeField } from './escape.ts';
import type { Cell } from './table.ts';

const NOTHING: Cell = { text: '-', style: 'dim' };

/** A row of any relation as the cells of a table: nothing for what is not known. */
export function rowCells(columns: readonly Field[], row: unknown): Cell[] {
  return columns.map((column) => {
    const text = wordOf(column, row, escapeCell, 0);
    return text === null || text === '' ? NOTHING : { text };
  });
}

/** A row as the fields of a line, escaped: empty for what is not known. */
export function rowFields(columns: readonly Field[], row: unknown): string[] {
  return columns.map((column) => wordOf(column, row, escapeField, 0) ?? '');
}

type Escape = (text: Text) => string;

/** What stands between the rows of a list and between their columns: within a list of a list, others do. */
const BETWEEN = [
  { rows: ',', columns: ':' },
  { rows: ';', columns: '|' },
] as const;

/**
 * One value as a word. Rows of a list stand between commas, their columns between colons; a comma or colon within one
 * is `\x2C` or `\x3A`, so that any value can be had back. An object within is as many columns as it has, known or not.
 */
function wordOf(column: Field, row: unknown, escaped: Escape, depth: number): string | null {
  // Columns and rows were checked against each other where the relation was described.
  const known = row as never;
  const { rows, columns } = betweenAt(depth);
  switch (column.type) {
    case 'text': {
      const value = column.value(known);
      return value && apart(escaped(value), depth);
    }
    case 'words': {
      const value = column.value(known);
      return value?.map((it) => apart(escaped(ownText(it)), depth + 1)).join(rows) ?? null;
    }
    case 'word': {
      const value = column.value(known);
      return value === null ? null : apart(escaped(ownText(value)), depth);
    }
    case 'time': {
      const value = column.value(known);
      return value && apart(value.toISOString(), depth);
    }
    case 'object':
    case 'list': {
      const value = column.rows(known);
      return value?.map((it) => wordsOf(column.columns, it, escaped, depth + 1).join(columns)).join(rows) ?? null;
    }
    default: {
      const value = column.value(known);
      return value === null ? null : String(value);
    }
  }
}

function wordsOf(columns: readonly Field[], row: unknown, escaped: Escape, depth: number): string[] {
  return columns.flatMap((it) => {
    if (it.type !== 'object') return [row === null ? '' : (wordOf(it, row, escaped, depth) ?? '')];
    const inner = row === null ? null : (it.rows(row as never)?.[0] ?? null);
    return wordsOf(it.columns, inner, escaped, depth);
  });
}

function betweenAt(depth: number): (typeof BETWEEN)[number] {
  return BETWEEN[depth === 0 ? 0 : 1];
}

/** The marks that separate what it stands in are no marks within it. */
function apart(word: string, depth: number): string {
  if (depth === 0) return word;
  const marks = depth === 1 ? /[,:]/g : /[,:;|]/g;
  return word.replace(marks, (mark) => `\\x${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A word of ours has no bytes but its letters'. */
function ownText(word: string): Text {
  return { text: word, base64: null };
}
