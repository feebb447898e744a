import { SqlError } from '../../src/sql/sql-error.ts';
import type { NamedTable } from '../../src/sql/statement/live-names.ts';
import { openStatements } from '../../src/sql/statement/parse-statements.ts';
import type { Statement } from '../../src/sql/statement/statement.ts';

const columns = (...names: string[]) => [...names, 'host_id', 'observed_at'].map((name) => ({ name }));

/** Live tables for statements to speak of. */
export const TABLES: readonly NamedTable[] = [
  { name: 'sessions', columns: columns('name', 'pid', 'pane') },
  { name: 'homes', columns: columns('name', 'path') },
  { name: 'panes', columns: columns('id', 'pid') },
];

export const parse = await openStatements(TABLES);

/** The only statement of a text. */
export function one(text: string): Statement {
  const [statement, ...more] = parse(text);
  if (statement === undefined || more.length > 0) throw new Error(`not one statement: ${text}`);
  return statement;
}

/** What a text fails with. */
export function failureOf(text: string): SqlError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`it has not failed: ${text.slice(0, 200)}`);
}

/** The same in one line. */
export function told(text: string): string {
  const { sqlState, message } = failureOf(text);
  return `${sqlState} ${message}`;
}

/** What a statement reads: `homes, sessions: name pid`; `*` for all columns. */
export function uses(text: string): string {
  const { tables, columns: named } = one(text);
  const list = named === 'all' ? '*' : [...named].sort().join(' ');
  return `${[...tables].sort().join(', ')}: ${list}`;
}
