import { PlumblineError } from '../model/errors.ts';
import type { Database } from './database.ts';
import { transaction } from './database.ts';
import sessions from './sql/0001_sessions.sql';
import history from './sql/0002_history.sql';
import hosts from './sql/0003_hosts.sql';
import homes from './sql/0004_homes.sql';

/** One step of the schema, in the order of its version. */
interface Migration {
  readonly version: number;
  readonly name: string;
  /** Whether a plumb that does not know it must not touch the schema any more. */
  readonly breaking: boolean;
  readonly sql: string;
}

const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'sessions', breaking: true, sql: sessions },
  { version: 2, name: 'history', breaking: false, sql: history },
  { version: 3, name: 'hosts', breaking: false, sql: hosts },
  { version: 4, name: 'homes', breaking: false, sql: homes },
];

/** Which state the schema of a database is in. */
export interface SchemaState {
  /** The newest migration that has run; 0 where there is no schema. */
  readonly version: number;
  /** The newest breaking one. */
  readonly breakingVersion: number;
}

/** The version that this plumb brings. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Any number will do, as long as every plumb uses the same: two that migrate at once must not meet. */
const MIGRATION_LOCK = 'plumbline:migrate';

/** Looks, and creates nothing. */
export async function schemaState(database: Database): Promise<SchemaState> {
  const there = await database.query(`select to_regclass('plumbline.migrations')::text as name`);
  if (there.rows[0]?.['name'] == null) return { version: 0, breakingVersion: 0 };
  const { rows } = await database.query(
    `select coalesce(max(version), 0)::text as version,
            coalesce(max(version) filter (where breaking), 0)::text as breaking_version
       from plumbline.migrations`,
  );
  return { version: Number(rows[0]?.['version']), breakingVersion: Number(rows[0]?.['breaking_version']) };
}

/**
 * Makes sure that this plumb may use the schema as it is: the same, a newer one that does not break it, or an older
 * one.
 * @throws {PlumblineError} `schema` where there is none, or a newer breaking one
 */
export function checkSchema({ version, breakingVersion }: SchemaState, place: string): void {
  if (version === 0) {
    throw new PlumblineError('schema', `${place} has no schema plumbline`, {
      hint: 'plumb sync --init shows the SQL that makes it; plumb sync --init --apply runs it',
    });
  }
  if (breakingVersion > SCHEMA_VERSION) {
    const message = `${place} has version ${version} of the schema, and this plumb knows ${SCHEMA_VERSION}`;
    throw new PlumblineError('schema', message, { hint: 'use the newer plumb here as well' });
  }
}

/**
 * Brings the schema to this plumb's version. Two at once do it once: the second waits and finds it done.
 * @returns the versions that were run
 */
export async function migrate(database: Database): Promise<number[]> {
  return transaction(database, async () => {
    await database.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0::bigint))', [MIGRATION_LOCK]);
    const state = await schemaState(database);
    if (state.version > 0) checkSchema(state, database.place);
    const { version } = state;
    const missing = MIGRATIONS.filter((it) => it.version > version);
    for (const it of missing) await database.script(withRecord(it));
    return missing.map((it) => it.version);
  });
}

/** The SQL of all that is missing from a version on, as a person would run it. */
export function initSql(fromVersion = 0): string {
  const missing = MIGRATIONS.filter(({ version }) => version > fromVersion);
  return missing.length === 0 ? '' : `begin;\n\n${missing.map(withRecord).join('\n')}\ncommit;\n`;
}

/**
 * The least that a role needs to keep the rows, and to read the view of all hosts: to SQL a view is one of the tables.
 * @param role an SQL identifier, quoted where it has to be
 */
export function grantsSql(role: string): string {
  return `grant usage on schema plumbline to ${role};
grant select on all tables in schema plumbline to ${role};
grant insert, update on plumbline.hosts, plumbline.sessions to ${role};
grant insert, delete on plumbline.session_events to ${role};
grant insert, update, delete on plumbline.homes, plumbline.home_rules to ${role};
`;
}

/** What takes all of it away again. */
export const UNINSTALL_SQL = 'drop schema plumbline cascade;\n';

function withRecord({ version, name, breaking, sql }: Migration): string {
  return `${sql.trimEnd()}

insert into plumbline.migrations (version, name, breaking) values (${version}, '${name}', ${breaking});
`;
}
