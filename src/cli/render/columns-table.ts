import type { Field } from '../../relations/column.ts';
import { fitTable, type Room } from './fit.ts';
import { rowCells } from './row.ts';
import { renderTable } from './table.ts';

/** How a table of a relation's rows is laid out. */
export interface ColumnsLayout {
  readonly headings: boolean;
  readonly color: boolean;
  /** Null: as wide as it gets. */
  readonly width: number | null;
  /** Whether columns may be left out where there is no room for them. */
  readonly mayLeave: boolean;
}

/** A table, and the names of the columns that had no room in it. */
export interface ColumnsTable {
  readonly text: string;
  readonly left: readonly string[];
}

/** To whom a row belongs is not left out. */
const STAYS: ReadonlySet<string> = new Set(['session', 'name', 'pid']);

/** Rows of any relation as a table: numbers end where they end, and nothing is shortened that would be another value. */
export function columnsTable(
  columns: readonly Field[],
  rows: readonly unknown[],
  { headings, color, width, mayLeave }: ColumnsLayout,
): ColumnsTable {
  const names = columns.map(({ name }) => name.toUpperCase());
  const cells = rows.map((row) => rowCells(columns, row));
  const rooms = columns.map((column, index): Room => {
    const mayNot = !mayLeave || index === 0 || STAYS.has(column.name);
    // Numbers first, which cannot be shortened; then whatever stands last.
    const leaves = mayNot ? null : index + (isNumber(column) ? columns.length : 0);
    return { shrinks: shrinks(column), leaves };
  });
  const fitted = width === null ? null : fitTable(cells, names, rooms, width);
  const kept = fitted?.kept ?? columns.map((_, index) => index);
  const right = new Set(kept.flatMap((index, place) => (isNumber(columns[index]) ? [place] : [])));
  const text = renderTable(fitted?.rows ?? cells, {
    headings: headings ? (fitted?.headings ?? names) : null,
    color,
    width: null,
    right,
  });
  return { text, left: columns.filter((_, index) => !kept.includes(index)).map(({ name }) => name) };
}

/** Says which columns had no room: what is not said to be missing would be taken for absent. */
export function leftOut(names: readonly string[]): string {
  return `no room for ${names.join(', ')}: -o wide, or --columns, or a wider terminal shows them`;
}

function isNumber(column: Field | undefined): boolean {
  if (column === undefined) return false;
  if (column.type === 'object' && column.columns.length === 1) return isNumber(column.columns[0]);
  return column.type === 'integer' || column.type === 'u64';
}

function shrinks({ type }: Field): boolean {
  return type !== 'integer' && type !== 'u64' && type !== 'boolean' && type !== 'time';
}
