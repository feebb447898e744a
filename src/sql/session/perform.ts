import { SqlError } from '../sql-error.ts';
import type { Statement } from '../statement/statement.ts';
import type { Client } from './client.ts';
import { close, declare, fetch, move } from './cursor-commands.ts';
import { type Call, done, type Outcome } from './outcome.ts';
import { deallocate, execute, prepare, run } from './prepare-commands.ts';
import { setTransaction } from './set-transaction.ts';
import { reset, set } from './setting-commands.ts';
import { begin, end, release, rollBackTo, savepoint } from './transaction-commands.ts';

/** What can be done in a block that has failed: what ends it, or goes back to before it did. */
const ENDS: readonly Statement['kind'][] = ['commit', 'rollback', 'rollback_to'];

/** @throws {SqlError} `25P02` where a block has failed, and this does not end it */
export function mustBeAllowed(client: Client, statement: Statement | null): void {
  if (client.status !== 'E' || (statement !== null && ENDS.includes(statement.kind))) return;
  throw inFailedBlock();
}

/** What every other statement is told there. */
export function inFailedBlock(): SqlError {
  return new SqlError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
}

/** What neither reads anything nor decides in Postgres what a transaction sees. */
const NO_QUERIES: readonly Statement['kind'][] = [
  ...ENDS,
  ...(['nothing', 'begin', 'savepoint', 'release', 'set', 'reset', 'set_transaction', 'fetch', 'move'] as const),
];

/** From its first query on, a transaction cannot be made another kind of one. */
export function markQuery(client: Client, statement: Statement): void {
  const isShow = statement.kind === 'run' && /^show\b/i.test(statement.text);
  client.inTransaction().hasRun ||= !isShow && !NO_QUERIES.includes(statement.kind);
}

/**
 * Does what a statement says, and has what is to be told of it.
 * @throws {SqlError} why it cannot be done
 * @throws {PlumblineError} why the machine could not be looked at
 */
export async function perform(client: Client, statement: Statement, call: Call): Promise<Outcome> {
  markQuery(client, statement);
  switch (statement.kind) {
    case 'run':
      return await run(client, statement, call);
    case 'set':
      return await set(client, statement, call);
    case 'reset':
      return await reset(client, statement);
    case 'set_transaction':
      return await setTransaction(client, statement);
    case 'nothing':
      return done(statement.tag);
    case 'begin':
      return await begin(client, statement);
    case 'commit':
    case 'rollback':
      return await end(client, statement);
    case 'savepoint':
      return savepoint(client, statement);
    case 'release':
      return release(client, statement);
    case 'rollback_to':
      return rollBackTo(client, statement);
    case 'declare':
      return await declare(client, statement, call);
    case 'fetch':
      return await fetch(client, statement, call);
    case 'move':
      return await move(client, statement);
    case 'close':
      return close(client, statement);
    case 'prepare':
      return await prepare(client, statement);
    case 'execute':
      return await execute(client, statement, call, perform);
    case 'deallocate':
      return deallocate(client, statement);
    case 'discard':
      return discard(client, statement.what);
  }
}

function discard(client: Client, what: Extract<Statement, { kind: 'discard' }>['what']): Outcome {
  if (what === 'all') {
    const { isBlock, isSeveral, isPipeline } = client.inTransaction();
    if (isBlock || isSeveral || isPipeline)
      throw new SqlError('25001', 'DISCARD ALL cannot run inside a transaction block');
    client.portals.dropAll();
    client.prepared.dropAll();
    client.settings.resetAll();
  }
  return done(`DISCARD ${what.toUpperCase()}`);
}
