import { parameterTypes } from '../protocol/answer.ts';
import { backend } from '../protocol/backend.ts';
import { joined } from '../protocol/bytes.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import type { Statement } from '../statement/statement.ts';
import { type BoundQuery, checkFrames, type Parameters } from './bound-query.ts';
import type { Client } from './client.ts';
import { readAnswer } from './engine-answer.ts';
import { columnCount, described, formatsOf } from './formats.ts';
import { inFailedBlock, markQuery, mustBeAllowed } from './perform.ts';
import { Portal } from './portal.ts';
import { targetOf } from './prepare-commands.ts';
import { inEngine, type Prepared } from './prepared-statements.ts';
import type { Bind } from './session.ts';
import { shifted } from './session-error.ts';
import { parseIn } from './simple-query.ts';
import { statementOffsets } from './statement-offsets.ts';

/** What Parse brings. */
export interface Parse {
  readonly name: string;
  readonly text: string;
  readonly parameterTypes: readonly number[];
}

/** Parse: what it needs and what its rows will be like is found out at once. */
export async function prepareStatement(client: Client, message: Parse): Promise<void> {
  const { name, text } = message;
  if (name === '') client.prepared.drop('');
  const statements = parseIn(client, text);
  if (statements.length > 1) {
    throw new SqlError('42601', 'cannot insert multiple commands into a prepared statement');
  }
  const [statement = null] = statements;
  if (statement !== null) mustBeAllowed(client, statement);
  client.inTransaction();
  if (statement?.kind === 'run' || statement?.kind === 'declare') markQuery(client, statement);
  const offset = statementOffsets(text, statements)[0] ?? 0;
  const found = await findOut(client, statement, message.parameterTypes, offset);
  client.prepared.add({ name, statement, offset, isFromSql: false, ...found });
  await client.out.put([backend.parseComplete()]);
}

type Found = Pick<Prepared, 'parameterTypes' | 'description'>;

async function findOut(
  client: Client,
  statement: Statement | null,
  types: readonly number[],
  offset: number,
): Promise<Found> {
  if (statement?.kind === 'fetch') {
    return { parameterTypes: types, description: client.portals.get(statement.name)?.parts.description ?? null };
  }
  if (statement === null || !isOfEngine(client, statement)) return { parameterTypes: types, description: null };
  const target = targetOf(client, statement);
  const frames = joined([
    frontend.parse('', statement.text, types),
    frontend.describe('statement', ''),
    frontend.sync(),
  ]);
  const named = target === undefined ? null : inEngine(target);
  const answer = readAnswer(await client.runs.run({ frames, statement: named }));
  await client.out.put(answer.notices);
  if (answer.failure !== null) throw shifted(answer.failure, offset);
  return {
    parameterTypes: answer.parameters === null ? types : parameterTypes(answer.parameters),
    description: answer.descriptions[0] ?? null,
  };
}

/** Whether the engine knows what it needs and what comes of it. */
function isOfEngine(client: Client, statement: Statement): boolean {
  if (statement.kind === 'execute') return client.prepared.get(statement.name) !== undefined;
  return statement.kind === 'run' || statement.kind === 'declare' || (statement.kind === 'set' && statement.isSelect);
}

/** Bind: what can be wrong with the values, and with the plan, is found out at once. */
export async function bindPortal(client: Client, message: Bind): Promise<void> {
  const prepared = client.prepared.need(message.statement);
  const { statement } = prepared;
  const { parameterFormats: formats, parameters: values } = message;
  if (formats.length > 1 && formats.length !== values.length) {
    throw new SqlError('08P01', `bind message has ${formats.length} parameter formats but ${values.length} parameters`);
  }
  const needed = prepared.parameterTypes.length;
  if (values.length !== needed) {
    const supplied = `bind message supplies ${values.length} parameters`;
    throw new SqlError('08P01', `${supplied}, but prepared statement "${message.statement}" requires ${needed}`);
  }
  if (client.status === 'E') {
    if (statement === null || needed > 0) throw inFailedBlock();
    mustBeAllowed(client, statement);
  }
  // They stand in the bytes that came in one go with them, which would be kept as long as the portal is.
  const own = values.map((value) => value && new Uint8Array(value));
  const parameters = { types: prepared.parameterTypes, formats, values: own };
  const query = queryOf(client, prepared, parameters);
  if (statement !== null && query !== null) markQuery(client, statement);
  const { savepoints } = client.inTransaction();
  const { portal: name, resultFormats } = message;
  const description = await descriptionOf(client, prepared, query, resultFormats);
  const level = savepoints.length;
  client.portals.add(
    new Portal({ name, prepared, statement, query, description, resultFormats, parameters, cursor: null, level }),
  );
  await client.out.put([backend.bindComplete()]);
}

/** What the engine can be asked for again; null where the session does it. */
function queryOf(client: Client, prepared: Prepared, parameters: Parameters): BoundQuery | null {
  const { statement } = prepared;
  if (statement === null) return null;
  if (prepared.isFromSql) {
    return { text: null, parameters, statement: inEngine(prepared), needs: statement };
  }
  if (statement.kind !== 'run') return null;
  const target = targetOf(client, statement);
  const named = target === undefined ? null : inEngine(target);
  return { text: statement.text, parameters, statement: named, needs: target?.statement ?? statement };
}

async function descriptionOf(
  client: Client,
  prepared: Prepared,
  query: BoundQuery | null,
  formats: readonly number[],
): Promise<Uint8Array | null> {
  if (query === null) {
    const { statement } = prepared;
    const isFetch = statement?.kind === 'fetch';
    const description = isFetch
      ? (client.portals.get(statement.name)?.parts.description ?? null)
      : prepared.description;
    if (description !== null) formatsOf(formats, columnCount(description));
    return description === null ? null : described(description, formats);
  }
  const answer = readAnswer(await client.runs.run({ frames: checkFrames(query, formats), statement: query.statement }));
  await client.out.put(answer.notices);
  if (answer.failure !== null) throw shifted(answer.failure, prepared.offset);
  return answer.descriptions[0] ?? null;
}

/** Describe. */
export async function describeNamed(client: Client, what: 'statement' | 'portal', name: string): Promise<void> {
  if (what === 'statement') {
    const prepared = client.prepared.need(name);
    if (client.status === 'E' && prepared.description !== null) throw inFailedBlock();
    await client.out.put([
      backend.parameterDescription(prepared.parameterTypes),
      prepared.description ?? backend.noData(),
    ]);
    return;
  }
  const portal = client.portals.get(name);
  if (portal === undefined) throw new SqlError('34000', `portal "${name}" does not exist`);
  if (client.status === 'E' && portal.parts.description !== null) throw inFailedBlock();
  await client.out.put([portal.parts.description ?? backend.noData()]);
}
