import type { Joined } from '../model/session-tag.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Field } from '../relations/column.ts';
import { toWire } from '../relations/wire.ts';
import { type Call, type Format, formatOf } from './call.ts';
import type { Output } from './output.ts';
import { answerJson, escapeControls } from './render/json.ts';
import { rowCells, rowFields } from './render/row.ts';
import { renderTable } from './render/table.ts';
import { tsvLine } from './render/tsv.ts';

/** Rows of a relation, with the columns that are wanted of them. */
export interface Rows {
  readonly name: string;
  readonly columns: readonly Field[];
  readonly rows: readonly Joined[];
  readonly snapshot: Snapshot;
}

/** Prints rows as the call says: a table, lines, or JSON. */
export function printRows(call: Call, it: Rows): void {
  const { output } = call;
  const format = formatOf(call);
  const isTable = format === 'table' || format === 'wide';
  if (isTable && it.rows.length === 0) output.note(`there are no ${it.name}`);
  else output.data(isTable ? table(call, it) : lines(format, it, output));
}

function lines(
  format: Exclude<Format, 'table' | 'wide'>,
  { name, columns, rows, snapshot }: Rows,
  output: Output,
): string {
  // The relation has been checked with its rows where it was described; only their type is forgotten since.
  const wire = (row: Joined) => toWire({ columns }, row as never);
  if (format === 'json') return answerJson(snapshot, { [name]: rows.map(wire) }, output.isTerminal);
  if (format === 'ndjson') return rows.map((row) => `${escapeControls(JSON.stringify(wire(row)))}\n`).join('');
  return rows.map((row) => tsvLine(rowFields(columns, row))).join('');
}

function table({ headings, color, output }: Call, { columns, rows }: Rows): string {
  const layout = {
    headings: headings ? columns.map((it) => it.name.toUpperCase()) : null,
    color: output.wantsColor(color),
    width: output.isTerminal ? output.columns : null,
  };
  return renderTable(
    rows.map((row) => rowCells(columns, row)),
    layout,
  );
}
