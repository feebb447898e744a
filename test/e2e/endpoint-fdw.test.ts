/** An endpoint within a real Postgres, by postgres_fdw. */
import fs from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { Fleet } from './plumb.ts';
import { atEnd, serve } from './serve.ts';

requires('postgres', 'setpriv');

const NAMES = ['ada', 'bob', 'cid'];
/** Fewer than there are processes, so that a scan needs many. */
const FETCH_SIZE = 7;
/** Whom the server of the tests runs as, where they run as root. */
const NOBODY = '65534';

let fleet: Fleet;
const pids = new Map<string, number>();

beforeAll(async () => {
  fleet = new Fleet();
  for (const name of NAMES) pids.set(name, await fleet.start(fleet.home(name)));
});
afterAll(() => fleet.end());

describe.each(postgresVersions())('postgres_fdw of Postgres $major', (version) => {
  const server = usePostgres(version);
  let served = 0;

  /** A database with the live tables in a schema `kernel`. */
  async function open(): Promise<pg.Client> {
    const directory = fleet.path(`fdw-${version.major}-${++served}`);
    fs.mkdirSync(directory);
    await serve(fleet, ['--pg', directory, '--pg', '127.0.0.1:0', '--allow-user', NOBODY]);
    const client = new pg.Client({ connectionString: server().createDatabase() });
    await client.connect();
    atEnd(() => client.end());
    await client.query(`create extension postgres_fdw;
      create server plumb foreign data wrapper postgres_fdw
        options (host '${directory}', dbname 'plumbline', fetch_size '${FETCH_SIZE}');
      create user mapping for current_user server plumb options (user 'anybody', password_required 'false');
      create schema kernel;
      import foreign schema public from server plumb into kernel;`);
    return client;
  }

  async function explain(client: pg.Client, sql: string, values: readonly unknown[] = []): Promise<string> {
    const { rows } = await client.query(`explain (verbose, costs off) ${sql}`, [...values]);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  it('imports every table with its types, and selects from them', async () => {
    const client = await open();
    const { rows: types } = await client.query(
      `select column_name || ' ' || format_type(atttypid, atttypmod) as it from information_schema.columns
         join pg_attribute on attrelid = 'kernel.sessions'::regclass and attname = column_name
         where table_schema = 'kernel' and table_name = 'sessions'
           and column_name in ('name', 'pid', 'start_time_ticks', 'started_at', 'detached', 'pane_also_at', 'evidence')`,
    );
    expect(types.map(({ it: said }) => said).sort()).toEqual([
      'detached boolean',
      'evidence jsonb',
      'name text',
      'pane_also_at text[]',
      'pid bigint',
      'start_time_ticks numeric(20,0)',
      'started_at timestamp with time zone',
    ]);
    const { rows } = await client.query('select name, pid::int from kernel.sessions order by name');
    expect(rows).toEqual(NAMES.map((name) => ({ name, pid: pids.get(name) })));
    const { rows: all } = await client.query(
      `select table_name from information_schema.tables where table_schema = 'kernel' order by 1`,
    );
    for (const { table_name: name } of all) await client.query(`select * from kernel.${name}`);
    expect(all.length).toBeGreaterThan(10);
  });

  it('fetches by cursors, piece by piece, what is of one time', async () => {
    const client = await open();
    await client.query('begin isolation level repeatable read');
    const read = async () => (await client.query('select pid, start_time_ticks from kernel.processes')).rows;
    const rows = await read();
    expect(rows.length).toBeGreaterThan(2 * FETCH_SIZE);
    expect(new Set(rows.map(({ pid }) => pid)).size).toBe(rows.length);
    expect(rows).toContainEqual(expect.objectContaining({ pid: String(globalThis.process.pid) }));
    await client.query('savepoint here');
    await expect(client.query('select 1 / (pid - pid) from kernel.processes')).rejects.toMatchObject({ code: '22012' });
    await client.query('rollback to savepoint here');
    expect(await read()).toEqual(rows);
    // Two scans of one statement are two cursors that are open at once.
    const { rows: joined } = await client.query(
      `select count(*)::int as count from kernel.processes a join (select * from kernel.processes offset 0) b using (pid)`,
    );
    expect(joined).toEqual([{ count: rows.length }]);
    await client.query('commit');
  });

  it('pushes conditions, joins and aggregates down', async () => {
    const client = await open();
    const plan = await explain(client, `select name, pid from kernel.sessions where name = 'ada' and pid > 1`);
    expect(plan).toMatch(
      /Remote SQL: SELECT name, pid FROM public\.sessions WHERE \(\(pid > 1\)\) AND \(\(name = 'ada'\)\)/,
    );
    const count = 'select verdict, count(*)::int as count from kernel.sessions group by verdict';
    expect(await explain(client, count)).toMatch(/Remote SQL: SELECT .*count\(\*\).*GROUP BY/);
    expect((await client.query(count)).rows).toEqual([{ verdict: 'alive', count: NAMES.length }]);
    // What a join costs there is only known by asking.
    await client.query(`alter server plumb options (add use_remote_estimate 'true')`);
    const join = 'select s.name, p.comm from kernel.sessions s join kernel.processes p using (pid) order by s.name';
    expect(await explain(client, join)).toMatch(/Remote SQL: SELECT .* INNER JOIN public\.processes/);
    expect((await client.query(join)).rows).toEqual(NAMES.map((name) => ({ name, comm: fleet.command })));
  });

  it('scans once for each row of a table of their own, with its value', async () => {
    const client = await open();
    await client.query(`create table agents (name text primary key); insert into agents values ('ada'), ('cid'), ('zoe');
      analyze agents`);
    const pid = '(select s.pid::int from kernel.sessions s where s.name = a.name) as pid';
    const sql = `select a.name, ${pid} from agents a order by a.name`;
    expect(await explain(client, sql)).toMatch(/Remote SQL: SELECT pid FROM public\.sessions WHERE .*\$1::text/);
    expect((await client.query(sql)).rows).toEqual([
      { name: 'ada', pid: pids.get('ada') },
      { name: 'cid', pid: pids.get('cid') },
      { name: 'zoe', pid: null },
    ]);
  });

  it('is analyzed, and writes nothing', async () => {
    const client = await open();
    await client.query('analyze kernel.sessions');
    await expect(client.query(`update kernel.sessions set name = 'x'`)).rejects.toMatchObject({ code: '25006' });
    await expect(client.query(`delete from kernel.sessions`)).rejects.toMatchObject({ code: '25006' });
    expect((await client.query('select count(*)::int as count from kernel.sessions')).rows).toEqual([{ count: 3 }]);
  });
});
