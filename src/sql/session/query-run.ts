import { joined } from '../protocol/bytes.ts';
import { frontend } from '../protocol/frontend.ts';
import type { Statement } from '../statement/statement.ts';
import { type BoundQuery, runFrames } from './bound-query.ts';
import type { Client } from './client.ts';
import { passOn } from './engine-answer.ts';
import type { NamedStatement } from './engine-runs.ts';
import type { Call, Outcome } from './outcome.ts';
import { shifted } from './session-error.ts';

/**
 * Runs what the engine can run as it is, and passes on what it answers.
 * @param prepared the statement that it names
 * @param needs what that reads
 */
export async function runStatement(
  client: Client,
  statement: Statement,
  call: Call,
  prepared: NamedStatement | null = null,
  needs: Statement = statement,
): Promise<Outcome> {
  const { text } = statement;
  if (call.resultFormats !== null) {
    return await runQuery(
      client,
      { text, parameters: call.parameters, statement: prepared, needs },
      call.resultFormats,
    );
  }
  const before = isolationBefore(client, text);
  const tables = await client.look(needs);
  const frames = frontend.query(before + text);
  const outcome = passOn(await client.runs.run({ frames, tables, statement: prepared }));
  return outcome.failure === null ? outcome : { ...outcome, failure: shifted(outcome.failure, -before.length) };
}

/** The same of what Bind has bound. */
export async function runQuery(client: Client, query: BoundQuery, formats: readonly number[]): Promise<Outcome> {
  const before = isolationBefore(client, query.text ?? '');
  const tables = await client.look(query.needs);
  const frames = joined([...isolationFrames(before), runFrames(query, formats)]);
  return passOn(await client.runs.run({ frames, tables, statement: query.statement }));
}

/** What makes the engine's transaction, which lasts for one run, say of itself what the client has asked of its own. */
function isolationBefore(client: Client, text: string): string {
  const asked = client.inTransaction().isolation;
  if (asked === null || !/transaction_isolation|transaction\s+isolation/i.test(text)) return '';
  return `set transaction_isolation = '${asked}'; `;
}

function isolationFrames(before: string): Uint8Array[] {
  if (before === '') return [];
  const bind = { portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] };
  return [frontend.parse('', before), frontend.bind(bind), frontend.execute('')];
}
