import { holdsPassword } from '../../config/database-url.ts';
import type { Settings } from '../../config/settings.ts';
import type { Reached } from '../../fdw/asked-hosts.ts';
import { parseEndpoints } from '../../fdw/endpoint.ts';
import { applyInstall, applyRemove, planInstall, planRemove } from '../../fdw/install.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { Database } from '../../registry/database.ts';
import { openPostgres } from '../../registry/postgres/postgres.ts';
import { LIVE_TABLES } from '../../sql/tables/live-tables.ts';
import { type Call, settingsOf } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endpointPassword } from '../fdw/endpoint-password.ts';
import { localEndpoint } from '../fdw/local-endpoint.ts';
import { serverUser } from '../fdw/server-user.ts';

/** The options of `plumb fdw`, as commander gives them. */
export interface FdwFlags {
  readonly schema?: string;
  readonly endpoint?: readonly string[];
  readonly grant?: readonly string[];
  readonly view?: string;
  readonly insert?: true;
  readonly apply?: boolean;
}

const SCHEMA = 'kernel';

/** `plumb fdw install`, `plumb fdw remove`: the live tables as foreign tables of the operator's own database. */
export async function fdw(call: Call, action: string, flags: FdwFlags): Promise<ExitCode> {
  const settings = await settingsOf(call);
  const { registryUrl: url } = settings;
  if (url === null) {
    throw new PlumblineError('usage', 'it is not said which database', {
      hint: '--db postgres://…, PLUMBLINE_DATABASE_URL, or [registry] url',
    });
  }
  if (action === 'remove') refuseOfInstall(flags);
  const database = await openPostgres(url, globalThis.process.env);
  try {
    if (action === 'remove') await remove(call, database, flags);
    else await install(call, database, settings, flags);
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

async function install({ output }: Call, database: Database, settings: Settings, flags: FdwFlags): Promise<void> {
  const { schema = SCHEMA, grant = [], view = null, apply = false } = flags;
  if (view !== null && settings.table === null) {
    throw new PlumblineError('usage', '--view names the view of a table, and no table is named', {
      hint: '--table public.agents …',
    });
  }
  const mapping = settings.table && { ...settings.table, insert: settings.table.insert || flags.insert === true };
  const endpoints = endpointsOf(flags.endpoint ?? []);
  const planned = await planInstall(database, { schema, endpoints, tables: LIVE_TABLES, mapping, view, grants: grant });
  for (const note of planned.notes) output.note(note);
  if (!apply) {
    output.data(transactionOf(planned.shown));
    noteUser(output, database.place, endpoints);
    return;
  }
  const notes = await applyInstall(database, planned, LIVE_TABLES).catch((error: unknown) => {
    noteUser(output, database.place, endpoints);
    throw error;
  });
  const machines = planned.hosts.map(({ name, id, address }) => `${name} (${id}) at ${address}`).join(', ');
  output.data(`${database.place}: the schema ${schema} has the live tables of ${machines}\n`);
  for (const note of notes) output.note(note);
}

async function remove(
  { output }: Call,
  database: Database,
  { schema = SCHEMA, apply = false }: FdwFlags,
): Promise<void> {
  const statements = await planRemove(database, schema);
  await applyRemove(database, statements, !apply);
  output.data(apply ? `${database.place}: the schema ${schema} is gone\n` : transactionOf(statements));
}

/** As psql reads it: all of it, or nothing. */
function transactionOf(statements: readonly string[]): string {
  return `${['\\set ON_ERROR_STOP on', 'begin;', ...statements, 'commit;'].join('\n')}\n`;
}

function endpointsOf(words: readonly string[]): Reached[] {
  const { env } = globalThis.process;
  if (words.some((word) => holdsPassword(word.slice(word.indexOf('postgres'))))) {
    throw new PlumblineError('usage', '--endpoint holds a password, which everybody on this machine can read there', {
      hint: 'put it into ~/.pgpass (mode 600), or the file that PGPASSFILE names',
    });
  }
  const endpoints = parseEndpoints(words.length === 0 ? [localEndpoint(env)] : words);
  return endpoints.map((it) => ({ ...it, password: endpointPassword(it, env) }));
}

/** It is the database's server that connects: who that is decides whether it is let in. */
function noteUser(output: Call['output'], place: string, endpoints: readonly Reached[]): void {
  if (endpoints.every(({ password }) => password !== null)) return;
  const user = serverUser(place);
  if (user === null) return;
  output.note(`the database server runs as ${user}: plumb serve --allow-user ${user} lets it in`);
}

function refuseOfInstall({ endpoint, grant, view, insert }: FdwFlags): void {
  const given = { '--endpoint': endpoint, '--grant': grant, '--view': view, '--insert': insert };
  const [flag] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (flag === undefined) return;
  throw new PlumblineError('usage', `${flag} belongs to plumb fdw install`, {
    hint: 'plumb fdw remove --schema NAME --db …',
  });
}
