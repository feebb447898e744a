import { backend } from '../protocol/backend.ts';
import { SqlError } from '../sql-error.ts';
import type { Statement } from '../statement/statement.ts';
import { NO_PARAMETERS } from './bound-query.ts';
import type { Client } from './client.ts';
import type { Call } from './outcome.ts';
import { inFailedBlock, mustBeAllowed, perform } from './perform.ts';
import { shifted, sqlErrorFrom } from './session-error.ts';
import { statementOffsets } from './statement-offsets.ts';
import { succeed } from './transaction-commands.ts';

const CALL: Call = { parameters: NO_PARAMETERS, resultFormats: null };

/** Takes a text apart. What is refused for other reasons than its syntax is, in a failed block, refused for that. */
export function parseIn(client: Client, text: string): readonly Statement[] {
  try {
    return client.options.parse(text);
  } catch (error) {
    const isSyntax = !(error instanceof SqlError) || error.sqlState === '42601';
    throw isSyntax || client.status !== 'E' ? error : inFailedBlock();
  }
}

/**
 * A simple query: its statements in their order, in one transaction as far as they do not say otherwise.
 * @throws {SqlError} what the first of them that fails has failed with; those behind it are not run
 */
export async function simpleQuery(client: Client, text: string): Promise<void> {
  client.prepared.drop('');
  client.portals.drop('');
  const statements = parseIn(client, text);
  const offsets = statementOffsets(text, statements);
  if (statements.length === 0) await client.out.put([backend.emptyQuery()]);
  for (const [index, statement] of statements.entries()) {
    client.runs.nextStatement();
    mustBeAllowed(client, statement);
    const transaction = client.inTransaction();
    if (statements.length > 1) transaction.isSeveral = true;
    else transaction.isAlone = true;
    await one(client, statement, offsets[index] ?? 0, index === statements.length - 1);
  }
  await endOwn(client);
}

/** The transaction that nobody has begun ends; a block goes on. */
export async function endOwn(client: Client): Promise<void> {
  if (client.transaction?.isBlock === false) await succeed(client);
}

async function one(client: Client, statement: Statement, offset: number, isLast: boolean): Promise<void> {
  try {
    const { pieces, complete, failure } = await perform(client, statement, CALL);
    await client.out.put(pieces);
    if (failure !== null) throw failure;
    // What has not stayed was not done, and is not said to be.
    if (isLast) await endOwn(client);
    if (complete !== null) await client.out.put([complete]);
  } catch (error) {
    throw shifted(sqlErrorFrom(error), offset);
  }
}
