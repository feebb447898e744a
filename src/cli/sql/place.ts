import stringWidth from 'fast-string-width';
import { escapeMessage } from '../render/escape.ts';

/** How much of a long line is shown around the place. */
const AROUND = 60;
const CUT = '...';

/**
 * The line of a statement that an error is about, with a mark below the place, as psql shows it.
 * @param position in characters from 1, as Postgres counts
 */
export function placeLines(statement: string, position: number): string {
  const characters = [...statement];
  const at = Math.min(position, characters.length + 1) - 1;
  const start = characters.lastIndexOf('\n', at - 1) + 1;
  const next = characters.indexOf('\n', at);
  const end = next === -1 ? characters.length : next;
  const from = at - start > AROUND ? at - AROUND : start;
  const to = end - at > AROUND ? at + AROUND : end;
  const number = characters.slice(0, start).filter((it) => it === '\n').length + 1;
  const shown = (a: number, b: number) => escapeMessage(characters.slice(a, b).join(''));
  const head = `LINE ${number}: ${from > start ? CUT : ''}`;
  const line = `${head}${shown(from, to)}${to < end ? CUT : ''}`;
  return `${line.trimEnd()}\n${' '.repeat(stringWidth(head + shown(from, at)))}^\n`;
}
