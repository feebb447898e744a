import type { Field } from '../relations/column.ts';
import { toWire, type WireObject } from '../relations/wire.ts';
import { type Call, formatOf } from './call.ts';
import type { Output } from './output.ts';
import { columnsTable, leftOut } from './render/columns-table.ts';
import { escapeControls } from './render/json.ts';
import { rowFields } from './render/row.ts';
import { tsvLine } from './render/tsv.ts';

/** Rows of a relation, with the columns that are wanted of them. */
export interface Rows {
  readonly columns: readonly Field[];
  readonly rows: readonly unknown[];
  /** What is said to a person where there are none. */
  readonly none: string;
  /** The object that `-o json` prints, with the rows where they belong. */
  readonly answer: (rows: readonly WireObject[]) => string;
}

/** Prints rows as the call says: a table, lines, or JSON. */
export function printRows(call: Call, it: Rows): void {
  const { output } = call;
  const format = formatOf(call);
  if (format === 'table' || format === 'wide') printTable(call, it, format);
  else if (format === 'tsv') output.data(it.rows.map((row) => tsvLine(rowFields(it.columns, row))).join(''));
  else if (format === 'json') output.data(it.answer(it.rows.map((row) => wireOf(it.columns, row))));
  else printObjects(output, it);
}

/** One object a line, and nothing around them: what else is to be said stands on stderr. */
function printObjects(output: Output, { columns, rows }: Rows): void {
  output.data(rows.map((row) => `${escapeControls(JSON.stringify(wireOf(columns, row)))}\n`).join(''));
}

/** A wide table is as wide as it gets; another one fits the terminal, unless its columns were asked for. */
function printTable(call: Call, { columns, rows, none }: Rows, format: 'table' | 'wide'): void {
  const { output, headings, color } = call;
  if (rows.length === 0) {
    output.note(none);
    return;
  }
  const width = format === 'wide' || !output.isTerminal ? null : output.columns;
  const mayLeave = call.columns === null;
  const table = columnsTable(columns, rows, { headings, color: output.wantsColor(color), width, mayLeave });
  output.data(table.text);
  if (table.left.length > 0) output.note(leftOut(table.left));
}

/** One row as JSON has it. */
export function wireOf(columns: readonly Field[], row: unknown): WireObject {
  // The relation was checked with its rows where it was described; only their type is forgotten since.
  return toWire({ columns }, row as never);
}
