import { PlumblineError } from '../model/errors.ts';
import type { Database } from '../registry/database.ts';
import type { Endpoint } from './endpoint.ts';
import { namesOf } from './names.ts';
import { unreachable } from './reach.ts';
import type { State } from './state.ts';
import { type Host, serverSql } from './wire-sql.ts';

/** An endpoint, with the password that it asks for; null where it asks for none. */
export type Reached = Endpoint & { readonly password: string | null };

/** What the server that asks is called while it does; nothing of it stays. */
const ASKING = namesOf('plumb_asks');

/**
 * Asks each endpoint what machine it is, through the operator's server: that is what has to get there. Where the id was
 * given nobody is asked. All of it is undone.
 * @throws {PlumblineError} `registry` where an endpoint cannot be reached from there
 */
export async function askHosts(database: Database, state: State, endpoints: readonly Reached[]): Promise<Host[]> {
  const hosts: Host[] = [];
  await database.query('begin');
  try {
    if (!state.hasExtension) await database.query('create extension postgres_fdw');
    for (const endpoint of endpoints) {
      const isGiven = endpoint.id !== null;
      hosts.push({ ...endpoint, isGiven, id: endpoint.id ?? (await askHost(database, state, endpoint)) });
    }
  } finally {
    // Where the connection is cut there is nothing to undo, and the first error is the one that counts.
    await database.query('rollback').catch(() => {});
  }
  const ids = hosts.map(({ id }) => id);
  const twice = hosts.find(({ id }, index) => ids.indexOf(id) !== index);
  if (twice === undefined) return hosts;
  throw new PlumblineError(
    'usage',
    `${hosts[ids.indexOf(twice.id)]?.name} and ${twice.name} are both the machine ${twice.id}`,
    {
      hint: 'one endpoint a machine; plumb serve --host-id NAME tells clones apart',
    },
  );
}

async function askHost(database: Database, state: State, endpoint: Reached): Promise<string> {
  // One that has just been started takes longer than one that answers all the time.
  const plan = { names: ASKING, state, hosts: [], tables: [], patienceS: 10 };
  for (const statement of serverSql(plan, { ...endpoint, id: '', isGiven: false }, false).statements)
    await database.query(statement);
  const table = `plumb_asks_${endpoint.name}`;
  await database.query(
    `create foreign table pg_temp."${table}" (host_id text) server "${ASKING.server(endpoint.name)}" options (schema_name 'public', table_name 'processes')`,
  );
  const { rows } = await database.query(`select host_id from pg_temp."${table}" limit 1`).catch((error: unknown) => {
    throw unreachable(error, endpoint);
  });
  const id = rows[0]?.['host_id'];
  if (id != null) return id;
  throw new PlumblineError('registry', `${endpoint.address} does not say what machine it is`, {
    hint: 'plumb serve --host-id NAME gives it an id',
  });
}
