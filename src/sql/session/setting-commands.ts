import { framesOf, rowValues } from '../protocol/answer.ts';
import { frontend } from '../protocol/frontend.ts';
import type { Client } from './client.ts';
import { readAnswer } from './engine-answer.ts';
import { setIsolation } from './isolation.ts';
import { literal } from './literal.ts';
import { type Call, done, type Outcome } from './outcome.ts';
import { runStatement } from './query-run.ts';
import type { StatementOf } from './statement-of.ts';

/** What is of a transaction alone: nothing is kept of it. */
const OF_TRANSACTIONS = ['transaction_read_only', 'transaction_deferrable'];

/** Its value is not told, and cannot be given back to the engine; it can only be set to its default, which does nothing. */
const WITHOUT_VALUE = 'seed';

/** What it takes to keep one more state of a setting. */
const KEPT_BYTES = 64;

/** SET: the engine says whether it may be, and what it is called; what it then has is forgotten. */
export async function set(client: Client, statement: StatementOf<'set'>, call: Call): Promise<Outcome> {
  const { text, name, isLocal, isSelect } = statement;
  if (isSelect) return await setAndTell(client, statement, call);
  const { isBlock, isSeveral } = client.inTransaction();
  if (isLocal && !isBlock && !isSeveral) {
    await client.warn('25P01', 'SET LOCAL can only be used in transaction blocks');
  }
  const value = await valueAfter(client, text, name);
  if (!isDefault(text)) keep(client, name, value, isLocal);
  else if (isLocal) keep(client, name, client.settings.base(name) ?? value, true);
  else client.settings.reset(name);
  return done('SET');
}

/** `SELECT set_config(…)`: what it answers is the value that the setting has now. */
async function setAndTell(client: Client, statement: StatementOf<'set'>, call: Call): Promise<Outcome> {
  try {
    const outcome = await runStatement(client, statement, call);
    const row = outcome.pieces.flatMap((piece) => [...framesOf(piece)]).findLast(({ type }) => type === 'D');
    const [value] = row === undefined ? [] : rowValues(row.body);
    if (outcome.failure === null && value != null) {
      keep(client, statement.name, Buffer.from(value).toString(), statement.isLocal);
    }
    return outcome;
  } finally {
    client.runs.forget();
  }
}

/** SET TRANSACTION by the name of a setting. */
export async function setOfTransaction(client: Client, text: string, name: string): Promise<Outcome> {
  keep(client, name, await valueAfter(client, text, name), true);
  return done('SET');
}

function keep(client: Client, name: string, value: string, isLocal: boolean): void {
  if (name === 'transaction_isolation') setIsolation(client, value);
  else if (!OF_TRANSACTIONS.includes(name) && name !== WITHOUT_VALUE) {
    const { session, local } = client.settings.state;
    // Each savepoint keeps those that it had.
    if (client.inTransaction().savepoints.length > 0) client.charge((session.size + local.size + 1) * KEPT_BYTES);
    client.settings.set(name, value, isLocal);
  }
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

/** Runs it in the engine, and asks for the value in the same run. */
async function valueAfter(client: Client, text: string, name: string): Promise<string> {
  const question = `${text}\n;select pg_catalog.current_setting(${literal(name)})`;
  try {
    const answer = readAnswer(await client.runs.run({ frames: frontend.query(question) }));
    await client.out.put(answer.notices);
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
