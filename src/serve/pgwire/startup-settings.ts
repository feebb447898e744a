import { SqlError } from '../../sql/sql-error.ts';
import { optionsParameter } from './options-parameter.ts';

/** What a client has said of itself. */
export interface ClientStartup {
  readonly user: string;
  readonly database: string;
  /** For its session: `user`, `database`, and settings. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What there is. `postgres` is what the engine calls it; libpq asks for one of the user's name where none is named. */
const DATABASES: readonly string[] = ['plumbline', 'postgres'];

/**
 * Reads the parameters of a startup message. What stands for itself is stronger than what stands in `options`, as in
 * Postgres.
 * @throws {SqlError} fatal: `28000` without a user, `3D000` for a database that there is not, `0A000` for replication,
 *         `42601` for options that are none
 */
export function startupSettings(given: ReadonlyMap<string, string>): ClientStartup {
  const user = given.get('user') ?? '';
  if (user === '')
    throw fatal('28000', 'no PostgreSQL user name specified in startup packet', 'connect with a user: -U name');
  const replication = given.get('replication') ?? 'off';
  if (!/^(?:off|false|no|0)$/i.test(replication)) {
    throw fatal('0A000', 'there is nothing to replicate here', 'connect without replication');
  }
  const database = given.get('database') || user;
  if (!DATABASES.includes(database) && database !== user) {
    throw fatal('3D000', `database "${database}" does not exist`, `connect to "${DATABASES[0]}"`);
  }
  const own = [...given].filter(([name]) => !['options', 'replication', 'user', 'database'].includes(name));
  const settings = [...optionsParameter(given.get('options') ?? ''), ...own];
  return { user, database, parameters: new Map([...settings, ['user', user], ['database', database]]) };
}

function fatal(sqlState: string, message: string, hint: string): SqlError {
  return new SqlError(sqlState, message, { hint, isFatal: true });
}
