import { LiveNames, type NamedTable } from './live-names.ts';
import { ParseCache } from './parse-cache.ts';
import { RawParser } from './raw-parser.ts';
import type { ParseStatements, Statement } from './statement.ts';
import { statementOf } from './statement-of.ts';
import { StatementText } from './statement-text.ts';
import { mustBeReadable } from './text-limits.ts';

/**
 * Makes what tells the statements of a text, over the parser of Postgres itself.
 * @param tables the live tables, by whose names it is told which of them a statement reads
 */
export async function openStatements(tables: readonly NamedTable[]): Promise<ParseStatements> {
  const parser = await RawParser.open();
  const live = new LiveNames(tables);
  const cache = new ParseCache();
  return (text) => cache.get(text) ?? cache.add(text, parsed(parser, live, text));
}

function parsed(parser: RawParser, live: LiveNames, text: string): readonly Statement[] {
  mustBeReadable(text);
  const places = new StatementText(text);
  return parser.parse(text).map(({ stmt, stmt_location: start = 0, stmt_len: length = 0 }) => {
    const end = length === 0 ? places.end : start + length;
    return statementOf({ text: places, start, end, live }, stmt);
  });
}
