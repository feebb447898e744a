import { SqlError } from '../sql-error.ts';
import { constantOf } from './constant.ts';
import { type Place, without } from './parts.ts';
import { notHere } from './refused.ts';
import type { Statement } from './statement.ts';
import { bodyOf, listOf, type Struct, textOf } from './tree.ts';

/** BEGIN, COMMIT, ROLLBACK, and what is between them. */
export function transactionOf(place: Place, body: Struct): Statement {
  const common = without(place);
  const isChained = body['chain'] === true;
  const name = textOf(body['savepoint_name']);
  switch (body['kind']) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      mustOnlyRead(body['options']);
      return { ...common, kind: 'begin' };
    case 'TRANS_STMT_COMMIT':
      return { ...common, kind: 'commit', isChained };
    case 'TRANS_STMT_ROLLBACK':
      return { ...common, kind: 'rollback', isChained };
    case 'TRANS_STMT_SAVEPOINT':
      return { ...common, kind: 'savepoint', name };
    case 'TRANS_STMT_RELEASE':
      return { ...common, kind: 'release', name };
    case 'TRANS_STMT_ROLLBACK_TO':
      return { ...common, kind: 'rollback_to', name };
    default:
      throw notHere('two-phase commit', 'A transaction here only reads: end it with COMMIT.');
  }
}

/**
 * READ WRITE: in the words of a standby, which can do no more than this.
 * @throws {SqlError} `0A000`
 */
export function mustOnlyRead(options: unknown): void {
  const isToWrite = listOf(options).some((it) => {
    const option = bodyOf(it, 'DefElem');
    return option?.['defname'] === 'transaction_read_only' && constantOf(option['arg']) === '0';
  });
  if (!isToWrite) return;
  throw new SqlError('0A000', 'cannot set transaction read-write mode during recovery', {
    hint: 'What is told here is read from the kernel, as on a standby that never ends: leave READ WRITE out.',
  });
}
