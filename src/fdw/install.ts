import { PlumblineError } from '../model/errors.ts';
import type { TableMapping } from '../model/table-mapping.ts';
import type { Database } from '../registry/database.ts';
import { readTable } from '../registry/table/table.ts';
import type { LiveTable } from '../sql/tables/live-table.ts';
import { askHosts, type Reached } from './asked-hosts.ts';
import { type PinnedMachine, pinnedSource } from './bpf/install.ts';
import { EXTENSION_OF, type InstallPlan, installSql, type Via, wireSql } from './installation.ts';
import { withoutColumns } from './left-out.ts';
import { type Names, namesOf } from './names.ts';
import { checkServer } from './preflight.ts';
import { programSql } from './program.ts';
import { type ProgramToTry, tryProgram } from './program-trial.ts';
import { readState, type State } from './state.ts';
import { planViews, type ViewsPlan } from './views.ts';
import type { Host } from './wire-sql.ts';

/** What to put into the operator's database. */
export interface InstallOptions {
  readonly schema: string;
  /** How its server gets there; null: the better one of those that it can do. */
  readonly via: Via | null;
  /** Of `wire`: the machines. */
  readonly endpoints: () => readonly Reached[];
  /** Of `program`. */
  readonly program: () => ProgramToTry;
  /** Of `bpf`. */
  readonly machine: () => PinnedMachine;
  readonly tables: readonly LiveTable[];
  /** The operator's own table, for the views; null without one. */
  readonly mapping: TableMapping | null;
  /** What the view in the shape of their table is called; null: as the table. */
  readonly view: string | null;
  /** Columns of their table that the views do not have. */
  readonly leftOut?: readonly string[];
  /** Roles that may read. */
  readonly grants: readonly string[];
}

/** An installation that is planned, and what to say of it. */
export interface Planned {
  readonly names: Names;
  readonly via: Via;
  /** Of `bpf`: the machine. */
  readonly hostId: string | null;
  /** Of `wire`: the machines. */
  readonly hosts: readonly Host[];
  /** The statements for a person: without passwords. */
  readonly shown: readonly string[];
  /** The same as they are run. */
  readonly statements: readonly string[];
  readonly state: State;
  readonly notes: readonly string[];
}

const SINCE_ASYNC = 140000;
/** Postgres allows no less. */
const PATIENCE_S = 2;

/**
 * Works out what makes the live tables of these machines foreign tables of a database. It is read, and nothing changed.
 *
 * Needs:  the extension, or the right to create it; usage on its wrapper; the right to create a schema
 * @throws {PlumblineError} `registry` with what is missing, and where an endpoint cannot be reached from the server;
 *   `schema` where a schema of that name is somebody else's, or a table does not fit its mapping; `usage`
 */
export async function planInstall(database: Database, options: InstallOptions): Promise<Planned> {
  const { grants } = options;
  const names = namesOf(options.schema);
  const { via, state } = await chooseWay(database, names, options.via);
  checkServer(state, EXTENSION_OF[via], database.place);
  const source = await SOURCES[via](database, options, { names, state });
  const views =
    options.mapping === null ? null : await viewsOf(database, options, { names, state, onlyHost: source.onlyHost });
  const { relations, live, servers } = source;
  const plan: InstallPlan = { names, relations, state, via, live, servers, views, grants };
  return {
    names,
    via,
    hostId: source.onlyHost,
    hosts: source.hosts,
    state,
    shown: installSql(plan, { isShown: true }),
    statements: installSql(plan, { isShown: false }),
    notes: [...notesOf(via, state, source.hosts, database.place), ...source.notes],
  };
}

/** The wire, where the server has what it takes: it asks for what is needed only, and several machines. */
async function chooseWay(
  database: Database,
  names: Names,
  wish: InstallOptions['via'],
): Promise<{ readonly via: Via; readonly state: State }> {
  const state = await readState(database, names, EXTENSION_OF[wish ?? 'wire']);
  if (wish !== null || state.isAvailable || state.hasExtension) return { via: wish ?? 'wire', state };
  const other = await readState(database, names, EXTENSION_OF.program);
  return other.isAvailable ? { via: 'program', state: other } : { via: 'wire', state };
}

/** Where the live tables come from. */
interface Source {
  readonly hosts: readonly Host[];
  readonly servers: readonly string[];
  readonly live: InstallPlan['live'];
  readonly relations: readonly string[];
  readonly notes: readonly string[];
  /** The one machine; null where there are several. */
  readonly onlyHost: string | null;
}

interface Place {
  readonly names: Names;
  readonly state: State;
}

async function wireSource(database: Database, { tables, endpoints }: InstallOptions, place: Place): Promise<Source> {
  const hosts = await askHosts(database, place.state, endpoints());
  const plan = { ...place, hosts, tables, patienceS: PATIENCE_S };
  return {
    hosts,
    relations: relationsOf(tables),
    notes: [],
    servers: hosts.map(({ name }) => place.names.server(name)),
    live: { run: wireSql(plan, false), shown: wireSql(plan, true) },
    onlyHost: hosts.length === 1 ? (hosts[0]?.id ?? null) : null,
  };
}

async function programSource(database: Database, { tables, program }: InstallOptions, place: Place): Promise<Source> {
  const command = program();
  const hostId = await tryProgram(database, command);
  const made = programSql({ ...place, tables, hostId, words: command.words });
  return {
    hosts: [],
    relations: relationsOf(tables),
    notes: [],
    servers: [place.names.server('program')],
    live: { run: made, shown: made },
    onlyHost: hostId,
  };
}

async function bpfSource(database: Database, { machine, mapping }: InstallOptions, place: Place): Promise<Source> {
  if (mapping !== null) {
    throw new PlumblineError(
      'usage',
      'the views of a table of yours cannot be made of --via bpf, which proves no absence',
      {
        hint: 'leave --table out, or take --via wire',
      },
    );
  }
  const its = machine();
  const { live, ...rest } = await pinnedSource(database, its, place);
  return { ...rest, hosts: [], live: { run: live, shown: live }, onlyHost: its.hostId };
}

const SOURCES = { wire: wireSource, program: programSource, bpf: bpfSource } as const;

function relationsOf(tables: readonly LiveTable[]): string[] {
  return [...tables.map(({ name }) => name), 'hosts'];
}

async function viewsOf(
  database: Database,
  { mapping, view, leftOut = [], tables }: InstallOptions,
  { names, state, onlyHost }: Place & { readonly onlyHost: string | null },
): Promise<ViewsPlan> {
  if (mapping === null) throw new TypeError('views need a mapping');
  const catalog = withoutColumns(await readTable(database, mapping, 'read'), mapping, leftOut);
  const { rows } = await database.query(
    `select relrowsecurity::text as has_policies from pg_catalog.pg_class where oid = pg_catalog.to_regclass($1::text)`,
    [catalog.name],
  );
  const hasPolicies = rows[0]?.['has_policies'] === 'true';
  return planViews({ names, catalog, mapping, onlyHost }, { name: view, hasPolicies }, { tables, state });
}

function notesOf(via: Via, state: State, hosts: readonly Host[], place: string): string[] {
  const open = hosts.filter(({ password }) => password === null).map(({ name }) => name);
  const lets = `only superusers can read through ${open.join(', ')}, which ask for no password`;
  return [
    ...(via === 'wire' && state.version < SINCE_ASYNC
      ? [`${place} is older than Postgres 14: it asks one machine after the other`]
      : []),
    ...(open.length > 0 && !state.isSuperuser
      ? [`${lets}: as a superuser, alter user mapping for public server … options (add password_required 'false')`]
      : []),
  ];
}
