import type { Statement } from '../statement/statement.ts';

/** How many characters, as Postgres counts them, stand before a place in a text. */
export function charactersBefore(text: string, index: number): number {
  let count = 0;
  for (const _ of text.slice(0, index)) count++;
  return count;
}

/** How many characters stand before each statement in the text that they came in. */
export function statementOffsets(text: string, statements: readonly Statement[]): readonly number[] {
  let at = 0;
  let characters = 0;
  return statements.map((statement) => {
    const from = behindComments(text, at);
    const found = text.indexOf(statement.text, from);
    // COPY of a table is told in other words than it was sent in.
    const start = found < 0 ? from : found;
    const length = found < 0 ? 0 : statement.text.length;
    characters += charactersBefore(text.slice(at, start), start - at);
    at = start;
    const offset = characters;
    characters += charactersBefore(statement.text, length);
    at += length;
    return offset;
  });
}

/** Where something begins that is no space, semicolon or comment: a statement's own words can stand in the comment before it. */
function behindComments(text: string, from: number): number {
  const SKIPPED = /(?:[\s;]|--[^\n\r]*)*/y;
  let at = from;
  for (;;) {
    SKIPPED.lastIndex = at;
    SKIPPED.exec(text);
    at = SKIPPED.lastIndex;
    if (!text.startsWith('/*', at)) return at;
    at = endOfComment(text, at);
  }
}

function endOfComment(text: string, start: number): number {
  const EDGE = /\/\*|\*\//g;
  EDGE.lastIndex = start;
  let depth = 0;
  for (let found = EDGE.exec(text); found !== null; found = EDGE.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return EDGE.lastIndex;
  }
  return text.length;
}
