import fs from 'node:fs';
import path from 'node:path';
import template from 'plumbline:registry-template';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from '../../../test/makers/statements.ts';
import type { Statement } from './statement.ts';

const FOLDER = path.join(import.meta.dirname, '../../../test/fixtures/sql-clients');
const CLIENTS = fs.readdirSync(FOLDER);

/** What else clients are known to send at connect, and when a pool takes a connection back. */
const OTHERS = [
  "SET DateStyle=ISO; SET client_min_messages=notice; SELECT set_config('bytea_output','hex',false) FROM pg_show_all_settings() WHERE name = 'bytea_output'; SET client_encoding='utf-8';",
  'SELECT gss_authenticated, encrypted FROM pg_catalog.pg_stat_gssapi WHERE pid = pg_backend_pid()',
  'SELECT db.oid,db.* FROM pg_catalog.pg_database db WHERE 1 = 1 AND datallowconn AND NOT datistemplate ORDER BY db.datname',
  'SELECT current_schema(),session_user',
  'DISCARD ALL',
  'SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;',
  'SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP',
  'RESET SESSION AUTHORIZATION',
  'BEGIN; SET LOCAL statement_timeout = 1000; SELECT 1; ROLLBACK',
  'BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED',
  'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
  'SHOW TRANSACTION ISOLATION LEVEL',
  'SHOW transaction_read_only',
  'SET extra_float_digits = 3; SET application_name = $$x$$; SET TimeZone = $$Europe/Berlin$$; SET search_path = public, "$user"',
  "SELECT set_config('request.jwt.claims', $1, true)",
];

/** Columns of catalogues that Postgres 15 has, and 18 calls otherwise: there, psql 15 fails as it does here. */
const OF_OLDER_SERVERS = /daticulocale|colliculocale/;

let db: PGlite;

describe('what clients send', () => {
  beforeAll(async () => {
    db = await PGlite.create({ loadDataDir: new Blob([new Uint8Array(template)]) });
    await db.exec(
      `create table sessions (name text, pid bigint, words text[], more jsonb, host_id text, observed_at timestamptz);
      create table homes (name text, path text, host_id text, observed_at timestamptz)`,
    );
  });
  afterAll(async () => {
    await db.close();
  });

  it.each(CLIENTS)('%s: may be run, and can be', async (file) => {
    const texts = textsIn(file);
    expect(texts.length).toBeGreaterThan(5);
    const failures: string[] = [];
    for (const text of texts) {
      for (const statement of parse(text)) {
        const failure = isForEngine(statement) ? await failureOf(statement) : null;
        if (failure !== null) failures.push(`${failure}: ${statement.text}`);
      }
    }
    expect(failures).toEqual([]);
  });

  it.each(OTHERS)('%s', async (text) => {
    for (const statement of parse(text)) {
      if (isForEngine(statement)) expect(await failureOf(statement)).toBe(null);
    }
  });
});

/** The texts of a file, each after a line of four dashes. */
function textsIn(file: string): readonly string[] {
  const [, ...texts] = fs.readFileSync(path.join(FOLDER, file), 'utf8').split(/^----\n/m);
  return texts;
}

function isForEngine({ kind, text }: Statement): boolean {
  return (
    ['run', 'set', 'reset', 'declare', 'prepare'].includes(kind) &&
    !OF_OLDER_SERVERS.test(text) &&
    !/^explain .*\bexecute\b/i.test(text)
  );
}

/** What the engine says against it: it is planned, and run where it has no parameters. */
async function failureOf(statement: Statement): Promise<string | null> {
  const { text, kind } = statement;
  try {
    await db.exec('begin read only');
    if (/\$\d/.test(text) && kind !== 'prepare') await db.describeQuery(text);
    else await db.exec(text);
    return null;
  } catch (error) {
    return String(error);
  } finally {
    await db.exec('rollback; deallocate all');
  }
}
