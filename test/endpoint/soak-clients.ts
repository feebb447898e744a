import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import postgres from 'postgres';
import type { Tally } from './tally.ts';

/** Never ends by itself. */
export const ENDLESS = 'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t';

/** Where clients connect, and what they know of it. */
export interface Soaking {
  readonly directory: string;
  readonly tally: Tally;
  /** The sessions that are there all the time: `name pid`. */
  readonly sessions: readonly string[];
  readonly isOver: () => boolean;
}

/** One client of a kind: goes through its acts once. The number is its own among all clients. */
export type Acts = (client: pg.Client, number: number, soaking: Soaking) => Promise<void>;

/** Connects one. */
export async function connect(
  { directory }: Soaking,
  more: Readonly<Record<string, unknown>> = {},
): Promise<pg.Client> {
  const client = new pg.Client({ host: directory, port: 5432, user: 'anybody', database: 'plumbline', ...more });
  // Told by the query that fails of it.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** The SQLSTATE that a statement fails with. */
export async function codeOf(client: pg.Client, sql: string): Promise<string> {
  return client.query(sql).then(
    () => 'none',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
}

/** Those that keep to themselves, and must notice nobody else. */
export const QUIET: Readonly<Record<string, Acts>> = {
  /** Settings with the values of each. */
  settings: async (client, number, { tally }) => {
    const zone = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Berlin'][number % 4] ?? '';
    const noon = ['12', '21', '07', '13'][number % 4];
    await client.query(`set timezone = '${zone}'`);
    await client.query(`set application_name = 'client ${number}'`);
    await client.query(`set statement_timeout = '${20_000 + number}ms'; set search_path = s${number}, public`);
    for (let again = 0; again < 3; again++) {
      const { rows } = await tally.time('settings', () =>
        client.query(`select to_char(timestamptz '2026-01-01 12:00:00+00', 'HH24') as hour, current_setting('timezone') as zone,
          current_setting('application_name') as name, current_setting('search_path') as path,
          current_setting('statement_timeout') as timeout`),
      );
      const wanted = {
        hour: noon,
        zone,
        name: `client ${number}`,
        path: `s${number}, public`,
        timeout: `${20_000 + number}ms`,
      };
      tally.expect('settings', rows, [wanted]);
    }
    await client.query('begin');
    await client.query(`set local timezone = 'Asia/Kolkata'`);
    tally.expect('set local', (await client.query('show timezone')).rows, [{ TimeZone: 'Asia/Kolkata' }]);
    await client.query('rollback');
    tally.expect('after rollback', (await client.query('show timezone')).rows, [{ TimeZone: zone }]);
  },

  /** A prepared statement whose name all of them have, each for another text. */
  prepared: async (client, number, { tally }) => {
    for (let value = 0; value < 4; value++) {
      const { rows } = await tally.time('prepared', () =>
        client.query({ name: 'q', text: `select $1::int + ${number} as sum, '${number}' as whose`, values: [value] }),
      );
      tally.expect('prepared', rows, [{ sum: value + number, whose: String(number) }]);
    }
    await client.query(`prepare p(int) as select $1 * ${number} as product`);
    tally.expect('execute', (await client.query('execute p(3)')).rows, [{ product: 3 * number }]);
    await client.query('deallocate p');
    tally.expect('deallocated', await codeOf(client, 'execute p(3)'), '26000');
  },

  /** A transaction that is held open, with savepoints and an error in it. */
  holder: async (client, number, { tally }) => {
    const read = async () => (await client.query('select * from sessions order by name, pid')).rows;
    await client.query('begin');
    const before = await tally.time('snapshot', read);
    await pause(20 * (number % 7));
    await client.query('savepoint here');
    tally.expect('within', await codeOf(client, 'select 1 / 0'), '22012');
    tally.expect('aborted', await codeOf(client, 'select 1'), '25P02');
    await client.query('rollback to savepoint here');
    tally.expect('the same rows', await tally.time('held', read), before);
    await client.query('commit');
  },

  /** Cursors of the same name with other rows. */
  cursors: async (client, number, { tally }) => {
    const first = number * 1000;
    await client.query('begin');
    await client.query(`declare c scroll cursor for select g from generate_series(${first}, ${first + 500}) g`);
    const fetch = async (what: string) => {
      const { rows } = await tally.time('fetch', () => client.query<{ g: number }>(`fetch ${what} from c`));
      return [rows.length, rows[0]?.g, rows.at(-1)?.g];
    };
    tally.expect('first 100', await fetch('100'), [100, first, first + 99]);
    tally.expect('next 100', await fetch('forward 100'), [100, first + 100, first + 199]);
    tally.expect('back 50', await fetch('backward 50'), [50, first + 198, first + 149]);
    tally.expect('the rest', await fetch('all'), [351, first + 150, first + 500]);
    await client.query('close c');
    await client.query('commit');
  },

  /** Errors, each by who has made it. */
  aborted: async (client, _number, { tally }) => {
    await client.query('begin');
    tally.expect('divided', await codeOf(client, 'select 1 / 0'), '22012');
    tally.expect('aborted', await codeOf(client, 'select 1'), '25P02');
    tally.expect('commit', (await client.query('commit')).command, 'ROLLBACK');
    tally.expect('a write', await codeOf(client, 'delete from sessions'), '25006');
    tally.expect('a program', await codeOf(client, `copy (select 1) to program 'true'`), '42501');
    tally.expect('syntax', await codeOf(client, 'selec 1'), '42601');
    tally.expect('as before', (await client.query('select 1 as one')).rows, [{ one: 1 }]);
  },

  /** What is asked of the kernel. */
  selects: async (client, number, { tally, sessions }) => {
    const { rows } = await tally.time('sessions', () =>
      client.query<{ said: string }>(`select name || ' ' || pid as said from sessions order by name`),
    );
    tally.expect(
      'sessions',
      rows.map(({ said }) => said),
      sessions,
    );
    const one = sessions[number % sessions.length]?.split(' ') ?? [];
    const joined = await tally.time('joined', () =>
      client.query(
        `select s.pid::text from sessions s join processes p using (pid, start_time_ticks) where s.name = $1`,
        [one[0]],
      ),
    );
    tally.expect('joined', joined.rows, [{ pid: one[1] }]);
  },
};

/** A client of postgres.js: prepared statements, a transaction, a cursor and COPY. */
export async function postgresJs({ directory, tally, sessions }: Soaking): Promise<void> {
  const sql = postgres({
    host: directory,
    port: 5432,
    user: 'anybody',
    database: 'plumbline',
    max: 2,
    onnotice: () => {},
  });
  try {
    const rows = await tally.time(
      'postgres.js',
      () => sql<{ name: string }[]>`select name from sessions order by name`,
    );
    const names = sessions.map((it) => it.split(' ')[0]);
    tally.expect(
      'postgres.js',
      [...rows].map(({ name }) => name),
      names,
    );
    const twice = await sql.begin(async (tx) => {
      const read = () => tx<{ pid: string }[]>`select pid from processes order by pid`;
      return [await read(), await read()].map((it) => JSON.stringify(it));
    });
    tally.expect('postgres.js, twice', twice[0], twice[1]);
    let fetched = 0;
    for await (const some of sql`select * from generate_series(1, 250) g`.cursor(100)) fetched += some.length;
    tally.expect('postgres.js, cursor', fetched, 250);
    let copied = '';
    for await (const piece of await sql`copy (select name from sessions order by name) to stdout`.readable()) {
      copied += String(piece);
    }
    tally.expect('postgres.js, copy', copied.split('\n').slice(0, -1), names);
  } finally {
    await sql.end();
  }
}
