import { PlumblineError } from '../model/errors.ts';
import type { Database } from '../registry/database.ts';
import { quoteIdentifier, quoteLiteral } from '../registry/identifiers.ts';
import { commandLine, linesSql, type ProgramWords } from './program.ts';

/** A command that answers SQL, and whose eyes it has. */
export interface ProgramToTry {
  readonly words: ProgramWords;
  /** Whether it looks itself, as the database's user, and asks no server that may see more. */
  readonly isOwnLook: boolean;
}

/** What is asked: who is there, and whether all sessions were seen. */
const QUESTION = `select host_id, bool_and(complete) as complete, array_agg(distinct code) filter (where not complete) as missing
  from coverage where table_name in ('sessions', 'homes', 'processes') and (select count(*) from sessions) >= 0
  and (select count(*) from homes) >= 0 and (select count(*) from processes) >= 0 group by host_id`;

/** Names the other way. */
const WIRE = 'serve it with plumb serve --pg DIR --allow-user …, and take --via wire';

/**
 * Runs the command once as the user that the database's server is, through that server, and undoes what was needed for it.
 * @returns the machine's host id
 * @throws {PlumblineError} `registry` where it cannot be run there, `blind` where it does not see all sessions
 */
export async function tryProgram(database: Database, { words, isOwnLook }: ProgramToTry): Promise<string> {
  const lines = await linesOf(database, words);
  // Around the answer may stand what it could not see, which it tells on stderr.
  const end = lines.indexOf('end 1');
  const first = lines[end - 1] ?? '';
  if (!/^(?:[0-9a-f]{2})+$/.test(first)) {
    const said = lines.join(' ').trim().slice(0, 300);
    throw new PlumblineError('registry', `${database.place}: its user cannot run plumb: ${said || 'it said nothing'}`, {
      hint: WIRE,
    });
  }
  const { host_id, complete, missing } = JSON.parse(Buffer.from(first, 'hex').toString('utf8')) as {
    host_id: string | null;
    complete: boolean;
    missing: string[] | null;
  };
  if (host_id === null) {
    throw new PlumblineError('registry', 'the command does not say what machine it is on', {
      hint: 'give it --host-id NAME',
    });
  }
  if (!isOwnLook || complete) return host_id;
  throw new PlumblineError(
    'blind',
    `${database.place}: its user does not see all sessions: ${(missing ?? []).join(', ')}`,
    {
      hint: WIRE,
    },
  );
}

async function linesOf(database: Database, words: ProgramWords): Promise<string[]> {
  const { rows: rights } = await database.query(
    `select pg_catalog.pg_has_role('pg_execute_server_program', 'usage')::text as may_run, current_user::text as role`,
  );
  if (rights[0]?.['may_run'] !== 'true') {
    const role = rights[0]?.['role'] ?? '';
    throw new PlumblineError('registry', `${database.place}: ${role} may not run programs there`, {
      hint: `as a superuser: grant pg_execute_server_program to ${quoteIdentifier(role)}; or --via wire`,
    });
  }
  // What it says against it is read too, and its end: Postgres would only tell that it failed.
  const program = `(${commandLine(words, linesSql(QUESTION))}) 2>&1 || echo "exit code $?"`;
  await database.query('begin');
  try {
    await database.query('create temporary table plumb_trial (place serial, line text)');
    await database.query(
      `copy plumb_trial (line) from program ${quoteLiteral(program)} (format csv, delimiter e'\x01', quote e'\x02')`,
    );
    const { rows } = await database.query('select line from plumb_trial order by place');
    return rows.map((row) => row['line'] ?? '');
  } finally {
    // Where the connection is cut there is nothing to undo, and the first error is the one that counts.
    await database.query('rollback').catch(() => {});
  }
}
