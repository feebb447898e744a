import { PlumblineError } from '../../model/errors.ts';
import { SqlError } from '../../sql/sql-error.ts';
import type { Statement } from '../../sql/statement/statement.ts';

/**
 * Refuses what a command that writes answers itself cannot do.
 * @throws {PlumblineError} `usage` without a statement
 * @throws {SqlError} `0A000` for COPY
 */
export function checkStatements(statements: readonly Statement[]): void {
  if (statements.length === 0) {
    throw new PlumblineError('usage', 'there is no statement in that', { hint: 'it holds comments and spaces only' });
  }
  if (!statements.some((it) => it.kind === 'run' && it.isCopy)) return;
  throw new SqlError('0A000', 'plumb sql takes no COPY', {
    hint: 'ask the query itself: -o csv and -o tsv write it so',
  });
}
