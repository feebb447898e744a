import { framesOf, rowValues } from '../protocol/answer.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import type { Client } from './client.ts';
import { readAnswer } from './engine-answer.ts';
import { literal } from './literal.ts';
import { done, type Outcome } from './outcome.ts';
import type { StatementOf } from './statement-of.ts';
import { currentIsolation } from './transaction-commands.ts';

/** What is of a transaction alone, or is not changed here: nothing is kept of it. */
const OF_TRANSACTIONS = ['transaction_isolation', 'transaction_read_only', 'transaction_deferrable'];

/** A name that says nothing about what a session has: it only starts a series of numbers. */
const WITHOUT_VALUE = 'seed';

/** Always on: nothing is written here, whoever asks for it. */
const ALWAYS_READ_ONLY = 'default_transaction_read_only';

/** SET: the engine says whether it may be, and what it is called; what it then has is forgotten. */
export async function set(client: Client, { text, name, isLocal }: StatementOf<'set'>): Promise<Outcome> {
  const { isBlock, isSeveral, hasRun } = client.inTransaction();
  const key = name.toLowerCase();
  if (isLocal && !isBlock && !isSeveral) {
    const message = 'SET LOCAL can only be used in transaction blocks';
    await client.notice({ severity: 'WARNING', sqlState: '25P01', message });
  }
  const value = await valueAfter(client, text, key);
  if (key === 'transaction_isolation') {
    if (hasRun && value !== currentIsolation(client)) {
      throw new SqlError('25001', 'SET TRANSACTION ISOLATION LEVEL must be called before any query');
    }
    client.inTransaction().isolation = value;
  }
  if (OF_TRANSACTIONS.includes(key) || key === WITHOUT_VALUE || key === ALWAYS_READ_ONLY) return done('SET');
  mustBeSafe(key, value);
  if (!isDefault(text)) client.settings.set(key, value, isLocal);
  else if (isLocal) client.settings.set(key, client.settings.base(key) ?? value, true);
  else client.settings.reset(key);
  return done('SET');
}

/** RESET: back to what the client has connected with. */
export async function reset(client: Client, { text, name }: StatementOf<'reset'>): Promise<Outcome> {
  if (name === null) client.settings.resetAll();
  else {
    await valueAfter(client, text, name.toLowerCase());
    client.settings.reset(name);
  }
  return done('RESET');
}

/**
 * Some settings make the engine read a text otherwise than it was read when it was allowed.
 * @throws {SqlError} `0A000`
 */
export function mustBeSafe(name: string, value: string): void {
  const refuse = (hint: string) => {
    throw new SqlError('0A000', `${name} cannot be ${JSON.stringify(value)} here`, { hint });
  };
  if (name === 'standard_conforming_strings' && value !== 'on') refuse("Write strings with backslashes as E'…'.");
  if (name === 'client_encoding' && !['UTF8', 'SQL_ASCII'].includes(value)) refuse('Only UTF8 is spoken here.');
}

/** Runs it in the engine, and asks for the value in the same run. */
async function valueAfter(client: Client, text: string, name: string): Promise<string> {
  const question = `${text}\n;select pg_catalog.current_setting(${literal(name)})`;
  try {
    const answer = readAnswer(await client.runs.run({ frames: frontend.query(question) }));
    await client.out.put(...answer.notices);
    if (answer.failure !== null) throw answer.failure;
    const row = [...framesOf(answer.bytes)].find(({ type }) => type === 'D');
    const [value] = row === undefined ? [] : rowValues(row.body);
    return Buffer.from(value ?? []).toString();
  } finally {
    client.runs.forget();
  }
}

/** SET … TO DEFAULT is RESET: also where it stands before a comment. */
function isDefault(text: string): boolean {
  const bare = text.replace(/(?:\s|--[^\n]*(?:\n|$)|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)+$/, '');
  return /(?:\bto|=)\s*default$|\bzone\s+(?:default|local)$/i.test(bare);
}
