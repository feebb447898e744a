import { PlumblineError } from '../model/errors.ts';
import type { TableMapping } from '../model/table-mapping.ts';
import { type Database, transaction } from '../registry/database.ts';
import { quoteLiteral } from '../registry/identifiers.ts';
import { readTable } from '../registry/table/table.ts';
import type { LiveTable } from '../sql/tables/live-table.ts';
import { askHosts, type Reached } from './asked-hosts.ts';
import { type InstallPlan, installSql, removeSql } from './installation.ts';
import { type Names, namesOf } from './names.ts';
import { checkServer } from './preflight.ts';
import { unreachable } from './reach.ts';
import { readState, type State } from './state.ts';
import { planViews, type ViewsPlan } from './views.ts';
import type { Host } from './wire-sql.ts';

/** What to put into the operator's database. */
export interface InstallOptions {
  readonly schema: string;
  readonly endpoints: readonly Reached[];
  readonly tables: readonly LiveTable[];
  /** The operator's own table, for the views; null without one. */
  readonly mapping: TableMapping | null;
  /** What the view in the shape of their table is called; null: as the table. */
  readonly view: string | null;
  /** Roles that may read. */
  readonly grants: readonly string[];
}

/** An installation that is planned, and what to say of it. */
export interface Planned {
  readonly names: Names;
  readonly hosts: readonly Host[];
  /** The statements for a person: without passwords. */
  readonly shown: readonly string[];
  /** The same as they are run. */
  readonly statements: readonly string[];
  readonly state: State;
  readonly notes: readonly string[];
}

const EXTENSION = 'postgres_fdw';
const SINCE_ASYNC = 140000;

/**
 * Works out what makes the live tables of these machines foreign tables of a database. It is read, and nothing changed.
 *
 * Needs:  the extension, or the right to create it; usage on its wrapper; the right to create a schema
 * @throws {PlumblineError} `registry` with what is missing, and where an endpoint cannot be reached from the server;
 *   `schema` where a schema of that name is somebody else's, or a table does not fit its mapping; `usage`
 */
export async function planInstall(database: Database, options: InstallOptions): Promise<Planned> {
  const names = namesOf(options.schema);
  const state = await readState(database, names, EXTENSION);
  checkServer(state, EXTENSION, database.place);
  const hosts = await askHosts(database, state, options.endpoints);
  const { tables, grants } = options;
  const views = options.mapping === null ? null : await viewsOf(database, options, { names, state, hosts });
  const plan: InstallPlan = { names, hosts, tables, state, views, grants };
  return {
    names,
    hosts,
    state,
    shown: installSql(plan, { isShown: true }),
    statements: installSql(plan, { isShown: false }),
    notes: notesOf(state, hosts, database.place),
  };
}

async function viewsOf(
  database: Database,
  { mapping, view, tables }: InstallOptions,
  { names, state, hosts }: { readonly names: Names; readonly state: State; readonly hosts: readonly Host[] },
): Promise<ViewsPlan> {
  if (mapping === null) throw new TypeError('views need a mapping');
  const catalog = await readTable(database, mapping, 'read');
  const { rows } = await database.query(
    `select relrowsecurity::text as has_policies from pg_catalog.pg_class where oid = pg_catalog.to_regclass($1::text)`,
    [catalog.name],
  );
  const onlyHost = hosts.length === 1 ? (hosts[0]?.id ?? null) : null;
  const comparing = { names, catalog, mapping, onlyHost };
  return planViews(comparing, { name: view, hasPolicies: rows[0]?.['has_policies'] === 'true' }, { tables, state });
}

function notesOf(state: State, hosts: readonly Host[], place: string): string[] {
  const open = hosts.filter(({ password }) => password === null).map(({ name }) => name);
  const lets = `only superusers can read through ${open.join(', ')}, which ask for no password`;
  return [
    ...(state.version < SINCE_ASYNC ? [`${place} is older than Postgres 14: it asks one machine after the other`] : []),
    ...(open.length > 0 && !state.isSuperuser
      ? [`${lets}: as a superuser, alter user mapping for public server … options (add password_required 'false')`]
      : []),
  ];
}

/**
 * Makes what was planned, in one transaction, and reads every table of every machine before it is kept.
 * @returns what is worth knowing of it: machines that are down, whose id was given
 * @throws {PlumblineError} with the reason; then nothing is changed
 */
export function applyInstall(
  database: Database,
  { names, hosts, statements }: Planned,
  tables: readonly LiveTable[],
): Promise<string[]> {
  return transaction(database, async () => {
    await database.query(
      `select pg_advisory_xact_lock(hashtextextended(${quoteLiteral(`plumbline:fdw:${names.schema}`)}, 0))`,
    );
    for (const statement of statements) await database.query(statement);
    const notes: string[] = [];
    for (const host of hosts) notes.push(...(await verify(database, names, host, tables)));
    return notes;
  });
}

async function verify(database: Database, names: Names, host: Host, tables: readonly LiveTable[]): Promise<string[]> {
  await database.query('savepoint plumb_verify');
  try {
    const [{ host_id: itself = null } = {}] = (
      await database.query(`select host_id from ${names.within(names.part('processes', host.name))} limit 1`)
    ).rows;
    if (itself !== host.id) throw otherMachine(host, itself);
    for (const { name } of tables)
      await database.query(`select count(*) from ${names.within(names.part(name, host.name))}`);
    const { rows } = await database.query(
      `select count(*)::text as homes from ${names.within(names.part('homes', host.name))}`,
    );
    await database.query('release savepoint plumb_verify');
    return rows[0]?.['homes'] === '0'
      ? [
          `${host.name} has no homes configured: its sessions are terminals, and no row can be compared (plumb serve --home …)`,
        ]
      : [];
  } catch (error) {
    const told = unreachable(error, host);
    // It was known not to answer: that is why its id was given.
    const isDown = told instanceof PlumblineError && told.sqlState?.startsWith('08') === true;
    if (!isDown || !host.isGiven) throw told;
    await database.query('rollback to savepoint plumb_verify');
    return [`${told.message}; it is installed all the same`];
  }
}

function otherMachine({ name, id }: Host, itself: string | null): PlumblineError {
  return new PlumblineError('registry', `${name} says that it is the machine ${itself}, and not ${id}`, {
    hint: 'leave ,id= out, and it is asked',
  });
}

/**
 * The statements that take an installation out.
 * @throws {PlumblineError} `schema` where there is none, or the schema is somebody else's
 */
export async function planRemove(database: Database, schema: string): Promise<string[]> {
  const names = namesOf(schema);
  const state = await readState(database, names, EXTENSION);
  if (!state.isInstalled) {
    throw new PlumblineError('schema', `${database.place} has no schema ${schema}: nothing is installed`, {
      hint: '--schema NAME, or another database: --db',
    });
  }
  return removeSql(state);
}

/**
 * Takes it out, in one transaction.
 * @param keeps whether it is only tried: what depends on it is told, and all stays as it is
 * @throws {PlumblineError} `registry` with what depends on it; then nothing is changed
 */
export async function applyRemove(database: Database, statements: readonly string[], keeps: boolean): Promise<void> {
  const run = async () => {
    for (const statement of statements) await database.query(statement);
  };
  if (!keeps) return transaction(database, run);
  await database.query('begin');
  try {
    await run();
  } finally {
    // Where the connection is cut there is nothing to undo, and the first error is the one that counts.
    await database.query('rollback').catch(() => {});
  }
}
