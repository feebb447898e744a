import { parameterTypes } from '../protocol/answer.ts';
import { joined } from '../protocol/bytes.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import type { Statement } from '../statement/statement.ts';
import type { Client } from './client.ts';
import { readAnswer } from './engine-answer.ts';
import { type Call, done, type Outcome } from './outcome.ts';
import { inEngine, type Prepared } from './prepared-statements.ts';
import { runStatement } from './query-run.ts';
import type { StatementOf } from './statement-of.ts';

/** Does what a statement says: `perform`, which knows all of them. */
export type Perform = (client: Client, statement: Statement, call: Call) => Promise<Outcome>;

/** PREPARE: the engine finds out what parameters and rows it has. */
export async function prepare(client: Client, statement: StatementOf<'prepare'>): Promise<Outcome> {
  const { name, text } = statement;
  client.prepared.mustBeNew(name);
  const frames = joined([frontend.describe('statement', name), frontend.sync()]);
  const made = { name, frames: frontend.query(text) };
  const answer = readAnswer(await client.runs.run({ frames, statement: made }));
  if (answer.failure !== null) throw answer.failure;
  client.prepared.add({
    name,
    statement,
    offset: 0,
    parameterTypes: answer.parameters === null ? [] : parameterTypes(answer.parameters),
    description: answer.descriptions[0] ?? null,
    isFromSql: true,
  });
  return done('PREPARE');
}

/** What Parse can prepare, and Postgres does not do at the word of a statement. */
const NOT_EXECUTED: readonly Statement['kind'][] = ['savepoint', 'release', 'rollback_to', 'execute', 'prepare'];

/** EXECUTE: a query is run by the engine, which is given its values; anything else is done as it is. */
export async function execute(
  client: Client,
  of: StatementOf<'execute'>,
  call: Call,
  perform: Perform,
): Promise<Outcome> {
  const prepared = client.prepared.need(of.name);
  const { statement } = prepared;
  if (statement === null) return done('EXECUTE');
  if (NOT_EXECUTED.includes(statement.kind) && !prepared.isFromSql) {
    throw new SqlError('0A000', `EXECUTE cannot do what "${of.name}" says`, { hint: 'Say it yourself.' });
  }
  if (statement.kind === 'discard' && statement.what === 'all') {
    throw new SqlError('25001', 'DISCARD ALL cannot be executed from a function');
  }
  if (statement.kind !== 'run' && !prepared.isFromSql) {
    // What is not said by the client itself may also make a cursor that ends at once.
    client.inTransaction().isSeveral = true;
    return await perform(client, statement, call);
  }
  return await runStatement(client, of, call, inEngine(prepared), statement);
}

/** What the engine runs as it is; EXPLAIN EXECUTE with the statement that it explains. */
export async function run(client: Client, statement: StatementOf<'run'>, call: Call): Promise<Outcome> {
  const { executes } = statement;
  if (executes === null) return await runStatement(client, statement, call);
  const prepared = client.prepared.need(executes);
  return await runStatement(client, statement, call, inEngine(prepared), prepared.statement ?? statement);
}

/** The prepared statement that EXECUTE or EXPLAIN EXECUTE names, if it is there. */
export function targetOf(client: Client, statement: Statement): Prepared | undefined {
  if (statement.kind === 'execute') return client.prepared.get(statement.name);
  return statement.kind === 'run' && statement.executes !== null ? client.prepared.get(statement.executes) : undefined;
}

/** DEALLOCATE. */
export function deallocate(client: Client, { name }: StatementOf<'deallocate'>): Outcome {
  if (name === null) {
    client.prepared.dropAll();
    return done('DEALLOCATE ALL');
  }
  client.prepared.need(name);
  client.prepared.drop(name);
  return done('DEALLOCATE');
}
