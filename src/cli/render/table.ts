import { styleText } from 'node:util';
import stringWidth from 'fast-string-width';

/** What a cell says, and how it stands out. */
export interface Cell {
  readonly text: string;
  readonly style?: 'bold' | 'dim' | 'yellow';
}

/** How a table is laid out. */
export interface TableLayout {
  /** Null: without headings. */
  readonly headings: readonly string[] | null;
  readonly color: boolean;
  /** Null: as wide as it gets. Else the last column is shortened. */
  readonly width: number | null;
  /** What is kept of it: of a path the end says most (the default), of a sentence the start. */
  readonly keeps?: 'start' | 'end';
}

const GAP = '  ';

/** A shortened path says nothing below this width, so the line gets too long instead. */
const LEAST_WIDTH = 12;

/** Lines with aligned columns, without spaces at their ends. */
export function renderTable(
  rows: readonly (readonly Cell[])[],
  { headings, color, width, keeps = 'end' }: TableLayout,
): string {
  const all = headings ? [headings.map((text): Cell => ({ text, style: 'dim' })), ...rows] : rows;
  const last = (all[0]?.length ?? 1) - 1;
  const widths = Array.from({ length: last }, (_, column) => {
    return Math.max(...all.map((row) => stringWidth(row[column]?.text ?? '')));
  });
  const taken = widths.reduce((sum, it) => sum + it + GAP.length, 0);
  const room = width === null ? Number.POSITIVE_INFINITY : Math.max(LEAST_WIDTH, width - taken);
  const paint = ({ text, style }: Cell) => {
    return color && style && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  };
  return all
    .map((row) => {
      const cells = row.map((cell, column) => {
        if (column === last) return paint({ ...cell, text: shorten(cell.text, room, keeps) });
        return paint(cell) + ' '.repeat((widths[column] ?? 0) - stringWidth(cell.text));
      });
      return `${cells.join(GAP).trimEnd()}\n`;
    })
    .join('');
}

function shorten(text: string, room: number, keeps: 'start' | 'end'): string {
  if (stringWidth(text) <= room) return text;
  const kept: string[] = [];
  let left = room - 1;
  const characters = [...text];
  for (const character of keeps === 'end' ? characters.reverse() : characters) {
    left -= stringWidth(character);
    if (left < 0) break;
    kept.push(character);
  }
  return keeps === 'end' ? `…${kept.reverse().join('')}` : `${kept.join('')}…`;
}
