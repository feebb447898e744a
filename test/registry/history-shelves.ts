import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { Database } from '../../src/registry/database.ts';
import { type Plan, plan } from '../../src/registry/plan.ts';
import { type ApplyOptions, Registry } from '../../src/registry/registry.ts';
import type { PostgresServer } from '../makers/postgres-cluster.ts';
import { HOST_ID, lookAt } from '../reconcile/run.ts';
import { parseScript, type Step } from '../reconcile/script.ts';
import { makeStateDirectory, openEmbedded, openServer } from './registries.ts';

/** A registry, and what a database tells beside it. */
export interface Listening {
  readonly registry: Registry;
  /** The first value of the first row. */
  readonly ask: (sql: string) => Promise<string>;
  /** What was told on the channel `plumbline`, as it comes. */
  readonly heard: readonly string[];
}

/** The embedded registry, in a PGlite that the test can listen to. */
export async function listenEmbedded(): Promise<Listening> {
  const directory = makeStateDirectory();
  await (await openEmbedded(directory)).close();
  const db = await PGlite.create(`${directory}/registry`);
  onTestFinished(() => db.close());
  const heard: string[] = [];
  await db.listen('plumbline', (payload) => heard.push(payload));
  const asText = new Proxy({}, { get: () => (text: unknown) => text });
  Object.assign(db, { parsers: asText, serializers: asText });
  const database: Database = {
    place: 'a PGlite',
    hasAutovacuum: false,
    query: async (text, parameters = []) => {
      const { rows, affectedRows } = await db.query<Record<string, string | null>>(text, [...parameters]);
      return { rows, count: affectedRows ?? rows.length };
    },
    script: async (text) => void (await db.exec(text)),
    close: async () => {},
  };
  const ask = async (sql: string) => Object.values((await database.query(sql)).rows[0] ?? {})[0] ?? '';
  return { registry: new Registry(database), ask, heard };
}

/** A registry in a server's new database, and a connection of its own that listens. */
export async function listenServer(server: PostgresServer): Promise<Listening> {
  const url = server.createDatabase();
  const registry = await openServer(url);
  const [, user = '', database = ''] = /\/\/(\w+)@\/(\w+)/.exec(url) ?? [];
  const client = new pg.Client({ host: server.socketDirectory, port: server.port, user, database });
  await client.connect();
  onTestFinished(() => client.end());
  const heard: string[] = [];
  client.on('notification', ({ payload = '' }) => heard.push(payload));
  await client.query('listen plumbline');
  return { registry, ask: async (sql) => server.psql(sql, database), heard };
}

/** Syncs the machines of a reconcile script, one after another, each in a transaction. */
export async function syncAll(registry: Registry, script: string, options: ApplyOptions = {}): Promise<void> {
  for (const step of parseScript(script).steps) {
    await registry.exclusively(HOST_ID, async () => registry.apply(await planStep(registry, step), options));
  }
}

/** What a sync of this machine would write. */
export async function planStep(registry: Registry, step: Step): Promise<Plan> {
  const stored = await registry.read(HOST_ID);
  return plan(await lookAt(step, stored), stored);
}
