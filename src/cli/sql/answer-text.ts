import { escapeField, escapeMessage } from '../render/escape.ts';
import { fitTable, type Room } from '../render/fit.ts';
import { type Cell, renderTable } from '../render/table.ts';
import { tsvLine } from '../render/tsv.ts';
import type { SqlResult } from './answer.ts';
import { isNumber, isWhole, toWord } from './types.ts';

/** How a table of a result is laid out. */
export interface ResultLayout {
  readonly headings: boolean;
  readonly color: boolean;
  /** Null: as wide as it gets. Else the widest words are shortened until it fits, and no column is left out. */
  readonly width: number | null;
}

const NULL: Cell = { text: 'NULL', style: 'dim' };

/**
 * A result as a table for people: NULL is told from an empty text, and nothing of a value reaches the terminal that it
 * would obey. A backslash stays one: what is stored in a live table is escaped already.
 */
export function resultTable(result: SqlResult, { headings, color, width }: ResultLayout): string {
  const { columns } = result;
  const names = columns.map(({ name }) => escapeMessage(name));
  const cells = wordsOf(result).map((row) => row.map((it) => (it === null ? NULL : { text: escapeMessage(it) })));
  const rooms = columns.map(({ typeOid }): Room => ({ shrinks: !isWhole(typeOid), leaves: null }));
  const fitted = width === null ? { rows: cells, headings: names } : fitTable(cells, names, rooms, width);
  const right = new Set(columns.flatMap(({ typeOid }, index) => (isNumber(typeOid) ? [index] : [])));
  return renderTable(fitted.rows, { headings: headings ? fitted.headings : null, color, width: null, right });
}

/** A result as lines of fields between tabs: nothing for NULL, and every value can be had back. */
export function resultLines(result: SqlResult): string {
  const field = (value: string | null) => (value === null ? '' : escapeField({ text: value, base64: null }));
  return wordsOf(result)
    .map((row) => tsvLine(row.map(field)))
    .join('');
}

/**
 * A result as RFC 4180 has it, with lines that end as lines do here. Only quotes tell an empty text from NULL.
 * @param isShown a person sees it: controls, which no rule of CSV takes out, are escaped
 */
export function resultCsv(result: SqlResult, { headings, isShown }: CsvLayout): string {
  const field = (value: string | null) => (value === null ? '' : csvField(isShown ? escapeMessage(value) : value));
  const lines = [...(headings ? [result.columns.map(({ name }) => name)] : []), ...wordsOf(result)];
  return lines.map((line) => `${line.map(field).join(',')}\n`).join('');
}

/** How CSV is written. */
export interface CsvLayout {
  readonly headings: boolean;
  readonly isShown: boolean;
}

function wordsOf({ columns, rows }: SqlResult): (string | null)[][] {
  return rows.map((row) => row.map((it, index) => (it === null ? null : toWord(it, columns[index]?.typeOid ?? 0))));
}

function csvField(value: string): string {
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
