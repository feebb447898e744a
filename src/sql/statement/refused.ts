import { SqlError } from '../sql-error.ts';
import { commandTag } from './command-tag.ts';
import { type Struct, textOf } from './tree.ts';

/** What a client that wants to write is told. */
const WRITES_HINT = 'What is told here is read from the kernel: it can be changed only there.';

const LOCKS: Readonly<Record<string, string>> = {
  LCS_FORUPDATE: 'UPDATE',
  LCS_FORNOKEYUPDATE: 'NO KEY UPDATE',
  LCS_FORSHARE: 'SHARE',
  LCS_FORKEYSHARE: 'KEY SHARE',
};

/** What Postgres has and this has not. */
const UNAVAILABLE: Readonly<Record<string, readonly [name: string, hint: string]>> = {
  CallStmt: ['CALL', 'There are no procedures here.'],
  ListenStmt: ['LISTEN', 'Nothing is notified here. Ask again instead: every answer is read anew.'],
  NotifyStmt: ['NOTIFY', 'Nothing is notified here.'],
};

/** Says in Postgres's words why a node of its parser is not let in. */
export function refused(type: string, body: Struct): SqlError {
  const unavailable = UNAVAILABLE[type];
  if (unavailable !== undefined) return notHere(...unavailable);
  if (type === 'LockingClause') return readOnly(`SELECT FOR ${LOCKS[textOf(body['strength'])] ?? 'UPDATE'}`);
  if (type === 'SelectInto') return readOnly('SELECT INTO');
  if (type === 'DoStmt') return denied('permission denied for language plpgsql', 'Only queries are run here.');
  if (type === 'LoadStmt') {
    return denied(`access to library "${textOf(body['filename'])}" is not allowed`, 'No libraries are loaded here.');
  }
  if (type === 'CheckPointStmt') {
    return denied('permission denied to execute CHECKPOINT command', 'There is nothing to be written to disk here.');
  }
  if (type === 'AlterSystemStmt') return denied('permission denied to alter the system', 'Use SET for this session.');
  const tag = commandTag(type, body);
  if (tag !== null) return readOnly(tag);
  return notHere(type.replace(/Stmt$/, ''), 'Only queries are run here.');
}

/** 25006: a write, as a transaction that only reads says it. */
export function readOnly(tag: string): SqlError {
  return new SqlError('25006', `cannot execute ${tag} in a read-only transaction`, { hint: WRITES_HINT });
}

/** 0A000: what Postgres could do. */
export function notHere(name: string, hint: string): SqlError {
  return new SqlError('0A000', `${name} is not available here`, { hint });
}

/** 42501: for want of rights. */
export function denied(message: string, hint: string, detail = ''): SqlError {
  return new SqlError('42501', message, { hint, detail });
}
