import { PlumblineError } from '../../model/errors.ts';
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

/** What a text can hold, and some room for what stands between columns. */
const MOST_CHARACTERS = 1 << 28;

const NULL: Cell = { text: 'NULL', style: 'dim' };

/**
 * A result as a table for people: NULL is told from an empty text, and nothing of a value reaches the terminal that it
 * would obey. A backslash stays one: what is stored in a live table is escaped already.
 */
export function resultTable(result: SqlResult, { headings, color, width }: ResultLayout): string {
  const { columns } = result;
  // Both before it costs something, and of what it will be.
  checkSize(result.rows.map((row) => row.map((text) => ({ text: text ?? '' }))));
  const names = columns.map(({ name }) => escapeMessage(name));
  const cells = wordsOf(result).map((row) => row.map((it) => (it === null ? NULL : { text: escapeMessage(it) })));
  const rooms = columns.map(({ typeOid }): Room => ({ shrinks: !isWhole(typeOid), leaves: null }));
  const fitted = width === null ? { rows: cells, headings: names } : fitTable(cells, names, rooms, width);
  checkSize(fitted.rows);
  const right = new Set(columns.flatMap(({ typeOid }, index) => (isNumber(typeOid) ? [index] : [])));
  return renderTable(fitted.rows, { headings: headings ? fitted.headings : null, color, width: null, right });
}

/**
 * Every line of a table is as long as its longest.
 * @throws {PlumblineError} `usage` where that would be more than can be held
 */
function checkSize(rows: readonly (readonly Cell[])[]): void {
  const widest = rows.reduce(
    (most, row) =>
      Math.max(
        most,
        row.reduce((sum, { text }) => sum + text.length, 0),
      ),
    0,
  );
  if (widest * rows.length <= MOST_CHARACTERS) return;
  throw new PlumblineError(
    'usage',
    `a table of ${rows.length} lines, the longest of ${widest} characters, is too large`,
    {
      hint: '-o csv, -o tsv and -o ndjson write it line by line',
    },
  );
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
export function resultCsv(result: SqlResult, isShown: boolean): string {
  return wordsOf(result)
    .map((row) => csvLine(row, isShown))
    .join('');
}

/** Its first line. */
export function csvHeading({ columns }: SqlResult, isShown: boolean): string {
  return csvLine(
    columns.map(({ name }) => name),
    isShown,
  );
}

function csvLine(row: readonly (string | null)[], isShown: boolean): string {
  const field = (value: string | null) => (value === null ? '' : csvField(isShown ? escapeMessage(value) : value));
  return `${row.map(field).join(',')}\n`;
}

function wordsOf({ columns, rows }: SqlResult): (string | null)[][] {
  return rows.map((row) => row.map((it, index) => (it === null ? null : toWord(it, columns[index]?.typeOid ?? 0))));
}

function csvField(value: string): string {
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
