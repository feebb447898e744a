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
    const { start, end } = placeOf(text, statement, behindComments(text, at));
    characters += charactersBefore(text.slice(at, start), start - at);
    const offset = characters;
    characters += charactersBefore(text.slice(start, end), end - start);
    at = end;
    return offset;
  });
}

/** COPY of a table is told in other words than it was sent in: its end is where the next statement is found. */
function placeOf(text: string, statement: Statement, from: number): { readonly start: number; readonly end: number } {
  const isThere = text.startsWith(statement.text, from);
  const isReworded = statement.kind === 'run' && statement.isCopy;
  const start = isThere || isReworded ? from : Math.max(from, text.indexOf(statement.text, from));
  return { start, end: isThere || !isReworded ? start + statement.text.length : from };
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
