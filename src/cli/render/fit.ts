import stringWidth from 'fast-string-width';
import { shorten } from './shorten.ts';
import type { Cell } from './table.ts';

/** What may be done to a column for want of room. */
export interface Room {
  /** Numbers and times are whole, or not there: a part of one is another one. */
  readonly shrinks: boolean;
  /** Who is left out first, when shortening is not enough: the higher, the earlier; never, without a number. */
  readonly leaves: number | null;
}

/** A table that fits, and the columns that are not in it. */
export interface Fitted {
  readonly rows: Cell[][];
  readonly kept: readonly number[];
  /** Of the kept ones; in several lines where that made room. */
  readonly headings: readonly string[];
}

const GAP = 2;

/** Below this width a word says nothing any more. */
const LEAST = 12;

/**
 * Makes a table fit: long headings become several lines, and the widest cells are shortened until it does; where the
 * columns are too many, those that leave first are left out.
 */
export function fitTable(
  rows: readonly (readonly Cell[])[],
  headings: readonly string[],
  rooms: readonly Room[],
  width: number,
): Fitted {
  const cells = headings.map((_, index) => rows.reduce((most, row) => Math.max(most, widthOf(row[index]?.text)), 0));
  const isWide = lineWidth(cells.map((own, index) => Math.max(own, widthOf(headings[index])))) > width;
  const titles = isWide ? headings.map((it) => it.replaceAll('_', '_\n')) : headings;
  const titleWidths = titles.map((it) => Math.max(...it.split('\n').map(widthOf)));
  const widths = cells.map((own, index) => Math.max(own, titleWidths[index] ?? 0));
  const least = widths.map((own, index) => {
    return rooms[index]?.shrinks ? Math.min(own, Math.max(LEAST, titleWidths[index] ?? 0)) : own;
  });
  const kept = remaining(least, rooms, width);
  const caps = capsOf(kept, widths, least, width);
  return {
    kept,
    headings: kept.map((index) => titles[index] ?? ''),
    rows: rows.map((row) =>
      kept.map((index, place) => {
        const cell = row[index] ?? { text: '' };
        return { ...cell, text: shortened(cell.text, caps[place] ?? 0) };
      }),
    ),
  };
}

function widthOf(text: string | undefined): number {
  return stringWidth(text ?? '');
}

/** Which columns stay: at their narrowest they fit, or none of the rest can leave. */
function remaining(least: readonly number[], rooms: readonly Room[], width: number): number[] {
  let kept = least.map((_, index) => index);
  while (lineWidth(kept.map((index) => least[index] ?? 0)) > width) {
    const leaving = kept
      .filter((index) => rooms[index]?.leaves != null)
      .sort((a, b) => (rooms[b]?.leaves ?? 0) - (rooms[a]?.leaves ?? 0))[0];
    if (leaving === undefined) break;
    kept = kept.filter((index) => index !== leaving);
  }
  return kept;
}

/** One width for all that are too wide, as large as it can be. */
function capsOf(kept: readonly number[], widths: readonly number[], least: readonly number[], width: number): number[] {
  const at = (cap: number) => kept.map((index) => Math.max(least[index] ?? 0, Math.min(widths[index] ?? 0, cap)));
  let cap = Math.max(0, ...kept.map((index) => widths[index] ?? 0));
  while (cap > 0 && lineWidth(at(cap)) > width) cap--;
  return at(cap);
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, it) => sum + it, 0) + GAP * Math.max(0, widths.length - 1);
}

/** Of a path and of an address with its port the end says most, of anything else the start. */
function shortened(text: string, room: number): string {
  return shorten(text, room, /^\/|^\S+:\d+$/.test(text) ? 'end' : 'start');
}
