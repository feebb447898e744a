import { holdsPassword } from '../../config/database-url.ts';
import type { Settings } from '../../config/settings.ts';
import { applyInstall } from '../../fdw/apply.ts';
import type { Reached } from '../../fdw/asked-hosts.ts';
import { parseEndpoints } from '../../fdw/endpoint.ts';
import { type Planned, planInstall } from '../../fdw/install.ts';
import type { Via } from '../../fdw/installation.ts';
import { removeInstallation } from '../../fdw/remove.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { Database } from '../../registry/database.ts';
import { openPostgres } from '../../registry/postgres/postgres.ts';
import { LIVE_TABLES } from '../../sql/tables/live-tables.ts';
import { type Call, settingsOf } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endpointPassword } from '../fdw/endpoint-password.ts';
import { localEndpoint, usualPlaces } from '../fdw/local-endpoint.ts';
import { pinnedMachine } from '../fdw/pinned-machine.ts';
import { programToTry } from '../fdw/program-to-try.ts';
import { serverUser } from '../fdw/server-user.ts';

/** The options of `plumb fdw`, as commander gives them. */
export interface FdwFlags {
  readonly schema?: string;
  readonly endpoint?: readonly string[];
  readonly via?: Via;
  readonly pins?: string;
  readonly grant?: readonly string[];
  readonly view?: string;
  readonly insert?: true;
  readonly leaveOut?: readonly string[];
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

async function install(call: Call, database: Database, settings: Settings, flags: FdwFlags): Promise<void> {
  const { output } = call;
  const { schema = SCHEMA, grant = [], view = null, leaveOut = [], apply = false, via = null } = flags;
  if (settings.table === null) refuseWithoutTable(view, leaveOut);
  const planned = await planInstall(database, {
    schema,
    via,
    endpoints: () => endpointsOf(flags.endpoint ?? []),
    program: () => programToTry(call, flags.endpoint ?? []),
    machine: () => pinnedMachine(settings.hostId, flags),
    tables: LIVE_TABLES,
    mapping: settings.table && { ...settings.table, insert: settings.table.insert || flags.insert === true },
    view,
    leftOut: leaveOut,
    grants: grant,
  }).catch((error: unknown) => {
    noteUser(output, database.place, error);
    throw error;
  });
  for (const note of planned.notes) output.note(note);
  if (!apply) {
    output.data(transactionOf(planned.shown));
    return;
  }
  const notes = await applyInstall(database, planned, LIVE_TABLES);
  output.data(`${database.place}: the schema ${schema} has the live tables of ${machines(planned)}\n`);
  for (const note of notes) output.note(note);
}

function refuseWithoutTable(view: string | null, leaveOut: readonly string[]): void {
  const hint = '--table public.agents …';
  if (view !== null) {
    throw new PlumblineError('usage', '--view names the view of a table, and no table is named', { hint });
  }
  if (leaveOut.length > 0) {
    throw new PlumblineError('usage', '--leave-out names a column of a table, and no table is named', { hint });
  }
}

/** Which machines, and how they are asked. */
function machines({ via, hosts }: Planned): string {
  if (via === 'bpf') return 'this machine, read from the kernel by Postgres alone (--via bpf)';
  if (via === 'program') return 'this machine, by a command (--via program)';
  return `${hosts.map(({ name, id, address }) => `${name} (${id}) at ${address}`).join(', ')} (--via wire)`;
}

async function remove(
  { output }: Call,
  database: Database,
  { schema = SCHEMA, apply = false }: FdwFlags,
): Promise<void> {
  const statements = await removeInstallation(database, schema, !apply);
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
  const found = words.length === 0 ? localEndpoint(env) : null;
  if (words.length === 0 && found === null) {
    throw new PlumblineError('usage', `no plumb serve has its socket in ${usualPlaces(env).join(' or ')}`, {
      hint: 'plumb serve --pg /run/plumbline starts one; --endpoint says where another one is',
    });
  }
  const endpoints = parseEndpoints(found === null ? words : [found]);
  return endpoints.map((it) => ({ ...it, password: endpointPassword(it, env) }));
}

/** It is the database's server that connects: who that is decides whether it is let in. */
function noteUser(output: Call['output'], place: string, error: unknown): void {
  if (!(error instanceof PlumblineError) || !error.hint.includes('--allow-user')) return;
  const user = serverUser(place);
  if (user !== null) output.note(`the database's server runs as ${user}: plumb serve --allow-user ${user}`);
}

function refuseOfInstall({ endpoint, via, pins, grant, view, insert, leaveOut }: FdwFlags): void {
  const given = {
    '--endpoint': endpoint,
    '--via': via,
    '--pins': pins,
    '--grant': grant,
    '--view': view,
    '--insert': insert,
    '--leave-out': leaveOut,
  };
  const [flag] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (flag === undefined) return;
  throw new PlumblineError('usage', `${flag} belongs to plumb fdw install`, {
    hint: 'plumb fdw remove --schema NAME --db …',
  });
}
