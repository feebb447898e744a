import { framesOf, rowValues } from '../protocol/answer.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import { mustBeSettable } from '../statement/setting-rules.ts';
import type { Client } from './client.ts';
import { readAnswer } from './engine-answer.ts';
import { literal } from './literal.ts';
import { REPORTED } from './reported-settings.ts';
import { sqlErrorFrom } from './session-error.ts';
import { setConfig } from './settings.ts';
import { startValues } from './start-values.ts';

/** What a client says when it connects that is no setting. */
const NO_SETTINGS = ['user', 'database', 'replication', 'options'];

/**
 * Takes what the client has asked for when it connected, as what RESET goes back to.
 * @returns what is reported to it
 * @throws {SqlError} fatal: `42704`, `22023`, what SET would refuse, or what the engine throws
 */
export async function startSettings(client: Client): Promise<ReadonlyMap<string, string>> {
  const asked = [...client.options.startup].filter(
    ([name]) => !NO_SETTINGS.includes(name) && !name.startsWith('_pq_.'),
  );
  client.runs.begin();
  try {
    for (const [name, value] of asked) mustBeSettable({ name: name.toLowerCase(), values: [value] });
    const wishes = new Map(asked.map(([name, value]) => [name.toLowerCase(), value]));
    const values = await startValues(client.options.engine, wishes, (those) => valuesOf(client, [...those]));
    client.settings.start(new Map([...wishes].map(([name, value]) => [name, values.get(name) ?? value])));
    return client.reported.start(new Map(REPORTED.map((name) => [name, values.get(name) ?? ''])));
  } catch (error) {
    const { sqlState, message, detail, hint } = sqlErrorFrom(error);
    throw new SqlError(sqlState, message, { detail, hint, isFatal: true });
  } finally {
    client.runs.rest();
  }
}

/** Sets them in the engine, and reads them and all that are reported. */
async function valuesOf(
  client: Client,
  asked: readonly (readonly [name: string, value: string])[],
): Promise<ReadonlyMap<string, string>> {
  const set = asked.length === 0 ? '' : `select ${asked.map(([name, value]) => setConfig(name, value)).join(', ')};`;
  const names = [...asked.map(([name]) => name), ...REPORTED];
  const list = names.map(literal).join(', ');
  const read = `select name, pg_catalog.current_setting(name) from pg_catalog.unnest(array[${list}]) as name`;
  try {
    const answer = readAnswer(await client.runs.run({ frames: frontend.query(`${set}${read}`) }));
    if (answer.failure !== null) throw answer.failure;
    const all = [...framesOf(answer.bytes)].filter(({ type }) => type === 'D').map(({ body }) => rowValues(body));
    const rows = all.slice(-names.length);
    const text = (value: Uint8Array | null | undefined) => Buffer.from(value ?? []).toString();
    return new Map(rows.map(([name, value]) => [text(name), text(value)]));
  } finally {
    client.runs.forget();
  }
}
