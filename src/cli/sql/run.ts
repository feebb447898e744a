import { PlumblineError } from '../../model/errors.ts';
import { SqlError } from '../../sql/sql-error.ts';
import type { Statement } from '../../sql/statement/statement.ts';
import type { Answering } from './answer.ts';
import { ASK_COVERAGE, readCoverage } from './coverage.ts';
import type { Answered } from './print.ts';

/** What begins or ends a transaction by itself. */
const TRANSACTIONS: ReadonlySet<Statement['kind']> = new Set(['begin', 'commit', 'rollback']);

/**
 * Asks the statements of a text, all of one snapshot, and then what the tables lack that they have read. Statements that
 * keep transactions of their own are asked as they are: between those there is no one answer to that.
 * @throws {SqlError} for a statement that is refused or fails
 */
export async function runText(answering: Answering, text: string, statements: readonly Statement[]): Promise<Answered> {
  const isOwn = statements.some(({ kind }) => TRANSACTIONS.has(kind));
  const readsTables = statements.some(({ tables }) => tables.size > 0);
  if (isOwn || !readsTables) return { results: await answering.ask(text), look: null };
  await answering.ask('begin');
  const results = await answering.ask(text);
  const [coverage] = await answering.ask(ASK_COVERAGE);
  await answering.ask('commit');
  return { results, look: coverage === undefined ? null : readCoverage(coverage) };
}

/** @throws {PlumblineError} `usage` for what a command that writes answers itself cannot do */
export function checkStatements(statements: readonly Statement[]): void {
  if (statements.length === 0) {
    throw new PlumblineError('usage', 'there is no statement in that', { hint: 'it holds comments and spaces only' });
  }
  if (!statements.some((it) => it.kind === 'run' && it.isCopy)) return;
  throw new SqlError('0A000', 'plumb sql takes no COPY', {
    hint: 'ask the query itself: -o csv and -o tsv write it so',
  });
}
