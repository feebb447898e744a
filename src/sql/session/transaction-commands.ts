import { SqlError } from '../sql-error.ts';
import type { Client } from './client.ts';
import { keepHeldCursors } from './cursor-rows.ts';
import { isolationIn, setIsolation } from './isolation.ts';
import { done, type Outcome } from './outcome.ts';
import type { StatementOf } from './statement-of.ts';

/** What it takes to keep one. */
const SAVEPOINT_BYTES = 256;

/** BEGIN and START TRANSACTION: what has begun by itself becomes a block. */
export async function begin(client: Client, { text }: StatementOf<'begin'>): Promise<Outcome> {
  const transaction = client.inTransaction();
  if (transaction.isBlock) await client.warn('25001', 'there is already a transaction in progress');
  setIsolation(client, isolationIn(text));
  transaction.isBlock = true;
  return done(/^start/i.test(text) ? 'START TRANSACTION' : 'BEGIN');
}

/** COMMIT, END, ROLLBACK and ABORT: a block that has failed is rolled back, whatever is asked. */
export async function end(client: Client, { kind, isChained }: StatementOf<'commit' | 'rollback'>): Promise<Outcome> {
  const { isBlock, isFailed, isolation } = client.inTransaction();
  const word = kind.toUpperCase();
  if (!isBlock) {
    if (isChained) throw onlyInBlocks(`${word} AND CHAIN`);
    await client.warn('25P01', 'there is no transaction in progress');
  }
  const isCommit = kind === 'commit' && !isFailed;
  if (isCommit) await succeed(client);
  else client.rollBack();
  if (isChained) client.inTransaction(isolation).isBlock = true;
  return done(isCommit ? 'COMMIT' : 'ROLLBACK');
}

/**
 * Ends the open transaction, if there is one: what was done stays.
 * @throws {SqlError} what a cursor WITH HOLD has failed with; nothing of it stays then
 */
export async function succeed(client: Client): Promise<void> {
  try {
    await keepHeldCursors(client);
  } catch (error) {
    client.rollBack();
    throw error;
  }
  client.commit();
}

/** SAVEPOINT. */
export function savepoint(client: Client, { name }: StatementOf<'savepoint'>): Outcome {
  const { savepoints } = blockOf(client, 'SAVEPOINT');
  client.charge(SAVEPOINT_BYTES);
  savepoints.push({ name, settings: client.settings.state });
  return done('SAVEPOINT');
}

/** RELEASE: what was done since is of what was around it. */
export function release(client: Client, { name }: StatementOf<'release'>): Outcome {
  const transaction = blockOf(client, 'RELEASE SAVEPOINT');
  transaction.savepoints.length = transaction.indexOf(name);
  client.portals.release(transaction.savepoints.length);
  return done('RELEASE');
}

/** ROLLBACK TO: the block goes on, with the settings and cursors that it had. Where a cursor stands is not undone. */
export function rollBackTo(client: Client, { name }: StatementOf<'rollback_to'>): Outcome {
  const transaction = blockOf(client, 'ROLLBACK TO SAVEPOINT');
  const index = transaction.indexOf(name);
  const settings = transaction.savepoints[index]?.settings ?? transaction.settings;
  transaction.savepoints.length = index + 1;
  transaction.isFailed = false;
  client.settings.restore(settings);
  client.portals.rollBackTo(index);
  return done('ROLLBACK');
}

function blockOf(client: Client, command: string) {
  const transaction = client.inTransaction();
  if (!transaction.isBlock) throw onlyInBlocks(command);
  return transaction;
}

function onlyInBlocks(command: string): SqlError {
  return new SqlError('25P01', `${command} can only be used in transaction blocks`);
}
