import { styleText } from 'node:util';
import stringWidth from 'fast-string-width';
import { shorten } from './shorten.ts';

/** What a cell says, and how it stands out. */
export interface Cell {
  readonly text: string;
  readonly style?: 'bold' | 'dim' | 'yellow';
}

/** How a table is laid out. */
export interface TableLayout {
  /** Null: without headings. One of several lines stands on the last of them. */
  readonly headings: readonly string[] | null;
  readonly color: boolean;
  /** Null: as wide as it gets. Else the last column is shortened. */
  readonly width: number | null;
  /** What is kept of it: of a path the end says most (the default), of a sentence the start. */
  readonly keeps?: 'start' | 'end';
  /** The columns of numbers, which end where the others begin. */
  readonly right?: ReadonlySet<number>;
}

const GAP = '  ';

/** A shortened path says nothing below this width, so the line gets too long instead. */
const LEAST_WIDTH = 12;

/** Lines with aligned columns, without spaces at their ends. */
export function renderTable(
  rows: readonly (readonly Cell[])[],
  { headings, color, width, keeps = 'end', right = new Set() }: TableLayout,
): string {
  const all = headings ? [...headingRows(headings), ...rows] : rows;
  const last = (all[0]?.length ?? 1) - 1;
  const widths = Array.from({ length: last + 1 }, (_, column) => {
    return all.reduce((most, row) => Math.max(most, stringWidth(row[column]?.text ?? '')), 0);
  });
  const taken = widths.slice(0, last).reduce((sum, it) => sum + it + GAP.length, 0);
  const room = width === null ? Number.POSITIVE_INFINITY : Math.max(LEAST_WIDTH, width - taken);
  const paint = ({ text, style }: Cell) => {
    return color && style && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  };
  return all
    .map((row) => {
      const cells = row.map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - stringWidth(cell.text));
        if (right.has(column)) return padding + paint(cell);
        if (column === last) return paint({ ...cell, text: shorten(cell.text, room, keeps) });
        return paint(cell) + padding;
      });
      return `${cells.join(GAP).trimEnd()}\n`;
    })
    .join('');
}

function headingRows(headings: readonly string[]): Cell[][] {
  const lines = headings.map((it) => it.split('\n'));
  const depth = Math.max(0, ...lines.map((it) => it.length));
  return Array.from({ length: depth }, (_, row) => {
    return lines.map((it): Cell => ({ text: it[row - (depth - it.length)] ?? '', style: 'dim' }));
  });
}
