import { backend } from '../protocol/backend.ts';
import { joined } from '../protocol/bytes.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import { type BoundQuery, checkFrames } from './bound-query.ts';
import type { Client } from './client.ts';
import { ownFormats, rowsOf } from './cursor-rows.ts';
import { type EngineAnswer, readAnswer } from './engine-answer.ts';
import { described, inFormats, TEXT } from './formats.ts';
import { type HeldRows, rowsIn } from './held-rows.ts';
import { type Call, done, type Outcome } from './outcome.ts';
import { Portal } from './portal.ts';
import { type RowRange, RowsFailed } from './position.ts';
import { shifted } from './session-error.ts';
import type { StatementOf } from './statement-of.ts';
import { charactersBefore } from './statement-offsets.ts';

/** DECLARE: the query is planned, and its look at the machine is taken; it runs when its rows are first asked for. */
export async function declare(client: Client, statement: StatementOf<'declare'>, call: Call): Promise<Outcome> {
  const { name, text, isBinary, isHeld, isForwardOnly } = statement;
  const { isBlock, isSeveral, savepoints } = client.inTransaction();
  if (!isHeld && !isBlock && !isSeveral) {
    throw new SqlError('25P01', 'DECLARE CURSOR can only be used in transaction blocks');
  }
  const { parameters } = call;
  const query: BoundQuery = { text: statement.query, parameters, statement: null, needs: statement };
  const frames = joined([frontend.parse('', text, parameters.types), checkFrames(query, TEXT)]);
  const answer = readAnswer(await client.runs.run({ frames }));
  await client.out.put(answer.notices);
  if (answer.failure !== null) throw declareError(statement, call, answer);
  await client.look(statement);
  client.portals.add(
    new Portal({
      name,
      prepared: null,
      statement,
      query,
      description: answer.descriptions[0] ?? null,
      // BINARY is for FETCH in a simple query; Execute, Bind and Describe do not know of it.
      resultFormats: TEXT,
      parameters,
      cursor: { isBinary, isHeld, isForwardOnly },
      level: savepoints.length,
    }),
  );
  return done('DECLARE CURSOR');
}

/** Its query alone stands elsewhere in the text than in ours; and without Bind there are no parameters at all. */
function declareError(
  { text, query }: StatementOf<'declare'>,
  call: Call,
  { failure, parsed }: EngineAnswer,
): SqlError {
  if (failure === null) throw new RangeError('nothing has failed');
  const [parameter] = /\$\d+/.exec(query) ?? [];
  if (call.resultFormats === null && parameter !== undefined && ['08P01', '42P18'].includes(failure.sqlState)) {
    return new SqlError('42P02', `there is no parameter ${parameter}`, {
      position: charactersBefore(text, text.lastIndexOf(query) + query.indexOf(parameter)) + 1,
    });
  }
  return parsed > 0 ? shifted(failure, charactersBefore(text, text.lastIndexOf(query))) : failure;
}

/** FETCH. */
export async function fetch(client: Client, statement: StatementOf<'fetch'>, call: Call): Promise<Outcome> {
  const portal = cursorOf(client, statement.name);
  const formats = call.resultFormats ?? ownFormats(portal);
  const { rows, range } = await go(client, portal, statement, formats);
  const description = portal.parts.description ?? backend.rowDescription([]);
  const before = call.resultFormats === null ? [described(description, formats)] : [];
  const held = range === null ? [] : rows.slice(range);
  const pieces = await inFormats(client.runs, { description, from: portal.rowFormats, to: formats, rows: held });
  return { ...done(`FETCH ${rowsIn(range)}`), pieces: [...before, ...pieces] };
}

/** MOVE. */
export async function move(client: Client, statement: StatementOf<'move'>): Promise<Outcome> {
  const portal = cursorOf(client, statement.name);
  const { range } = await go(client, portal, statement, ownFormats(portal));
  return done(`MOVE ${rowsIn(range)}`);
}

async function go(
  client: Client,
  portal: Portal,
  { rows: wanted, kind }: StatementOf<'fetch' | 'move'>,
  formats: readonly number[],
): Promise<{ readonly rows: HeldRows; readonly range: RowRange | null }> {
  portal.mustRun();
  try {
    const rows = await rowsOf(client, portal, formats);
    return { rows, range: portal.position.go(wanted, rows, kind === 'move') };
  } catch (error) {
    portal.isFailed = true;
    throw error instanceof RowsFailed ? error.failure : error;
  }
}

/** CLOSE. */
export function close(client: Client, { name }: StatementOf<'close'>): Outcome {
  if (name === null) {
    client.portals.dropAll();
    return done('CLOSE CURSOR ALL');
  }
  const portal = cursorOf(client, name);
  if (portal === client.portals.running) throw new SqlError('24000', `cannot drop active portal "${name}"`);
  client.portals.drop(name);
  return done('CLOSE CURSOR');
}

function cursorOf(client: Client, name: string): Portal {
  const portal = client.portals.get(name);
  if (portal === undefined) throw new SqlError('34000', `cursor "${name}" does not exist`);
  return portal;
}
