import { PlumblineError } from '../../model/errors.ts';
import type { Database } from '../../registry/database.ts';
import { quoteIdentifier, quoteLiteral } from '../../registry/identifiers.ts';
import { PIN_ADVICE } from './failures.ts';
import { LAYOUT, TASKS } from './text-form.ts';

const PID_NS_AT = TASKS.findIndex(([name]) => name === 'pid_ns');

/** What is tried through the operator's server. */
export interface TrialOf {
  readonly pins: string;
  /** The boot that plumb itself sees. */
  readonly bootId: string | null;
  /** Its pid namespace. */
  readonly pidNamespace: bigint;
}

/**
 * Reads what is to be read once as the user that the database's server is, through that server.
 * @returns what is worth knowing: command lines that cannot be read
 * @throws {PlumblineError} `registry` with what is missing, and what to do about it
 */
export async function tryPins(database: Database, { pins, bootId, pidNamespace }: TrialOf): Promise<string[]> {
  await refuseRole(database);
  const [boot] = await linesOf(database, '/proc/sys/kernel/random/boot_id');
  if (boot !== bootId) {
    throw new PlumblineError('registry', `${database.place}: that server runs on another machine than this one`, {
      hint: 'run plumb where the server runs: it is its kernel that is read',
    });
  }
  const [header = ''] = await linesOf(database, `${pins}/sessions_text`);
  const fields = header.split('\t');
  if (fields[0] !== '0' || fields[1] !== String(LAYOUT)) {
    throw new PlumblineError('registry', `${pins}/sessions_text is not what this plumb reads: ${header.slice(0, 80)}`, {
      hint: 'plumb bpf install, of this plumb',
    });
  }
  if (fields[PID_NS_AT] !== String(pidNamespace)) {
    throw new PlumblineError('registry', `${database.place}: that server is in another pid namespace than plumb`, {
      hint: 'run plumb where the server runs (nsenter, docker exec): it is its numbers that are told',
    });
  }
  try {
    await linesOf(database, `${pins}/arguments_text`);
    return [];
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    const what = 'what is known by its command line alone (an interpreter’s script) will be unknown';
    return [`${error.message}: ${what}`];
  }
}

/** Not everybody may read the files of the server's machine. */
async function refuseRole(database: Database): Promise<void> {
  const { rows } = await database.query(
    `select pg_catalog.pg_has_role('pg_read_server_files', 'usage')::text as may_read, current_user::text as role,
      pg_catalog.getdatabaseencoding()::text as encoding`,
  );
  const { may_read, role = '', encoding = '' } = rows[0] ?? {};
  if (may_read !== 'true') {
    throw new PlumblineError('registry', `${database.place}: ${role} may not read files there`, {
      hint: `as a superuser: grant pg_read_server_files to ${quoteIdentifier(role ?? '')};`,
    });
  }
  if (encoding === 'UTF8' || encoding === 'LATIN1' || encoding === 'SQL_ASCII') return;
  throw new PlumblineError('registry', `${database.place}: its encoding ${encoding} cannot hold every byte of a name`, {
    hint: 'a database of UTF8: createdb -E UTF8 -T template0 …',
  });
}

async function linesOf(database: Database, file: string): Promise<string[]> {
  await database.query('begin');
  try {
    await database.query('create temporary table plumb_trial (place serial, line text)');
    await database.query(
      `copy plumb_trial (line) from ${quoteLiteral(file)} (format csv, delimiter e'\\x01', quote e'\\x02')`,
    );
    const { rows } = await database.query('select line from plumb_trial order by place limit 1');
    return rows.map((row) => row['line'] ?? '');
  } catch (error) {
    throw unreadable(error, file, database.place);
  } finally {
    // Where the connection is cut there is nothing to undo, and the first error is the one that counts.
    await database.query('rollback').catch(() => {});
  }
}

const NO_SUCH_FILE = '58P01';
const NO_RIGHT = '42501';

/** It is the server that opens the file, as its own user. */
function unreadable(error: unknown, file: string, place: string): unknown {
  if (!(error instanceof PlumblineError)) return error;
  const told = (message: string, hint: string) => {
    return new PlumblineError('registry', `${place}: ${message}`, { hint, cause: error, sqlState: error.sqlState });
  };
  if (error.sqlState === NO_SUCH_FILE) {
    return told(`there is no ${file}`, `${PIN_ADVICE.absent}; --pins names another directory`);
  }
  if (error.sqlState === NO_RIGHT) {
    return told(`that server may not read ${file}`, PIN_ADVICE.denied);
  }
  return told(`${file} could not be read: ${error.message}`, error.hint);
}
