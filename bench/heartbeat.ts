// Hot path: an hour of 1,000 sessions that are looked at, beside an hour of 1,000 sessions that write that they live.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { promisify } from 'node:util';
import type { Database } from '../src/registry/database.ts';
import { Registry } from '../src/registry/registry.ts';
import { nameOf, PreparedMachine } from './harness/prepared.ts';
import { passOwn } from './harness/prepared-pass.ts';
import { atLeast, digits, type Table, type Target } from './harness/report.ts';
import { type BenchServer, connect, costOf, pageBytes, type ServerCost, withServer } from './harness/server.ts';

const SESSIONS = 1000;
const HOSTS = 10;
/** One in a hundred ends within the hour. */
const DEATHS = 10;
const PERIOD_SECONDS = 10;
/** Postgres begins a checkpoint every five minutes; after each, a page that changes is written to the WAL whole. */
const CHECKPOINTS = 12;
const CLIENTS = 4;

/** As sparing as such a table can be: nothing but the key is indexed, so that every beat is a HOT update. */
const AGENTS = `create table agents (name text primary key, pid integer, pane text, tty text,
  status text not null default 'alive', last_seen timestamptz not null default now())
  with (autovacuum_enabled = off)`;

/** What an hour has cost. */
interface Hour extends ServerCost {
  /** Of the WAL, whole pages after checkpoints. */
  readonly pageBytes: number;
  /** Of the programs that keep the rows, where that was measured. */
  readonly clientSeconds: number | null;
  /** Rows that no transaction sees any more: made, and left at the end, with no vacuum in between. */
  readonly deadMade: number;
  readonly deadLeft: number;
}

/** Measures both hours; null where there is no Postgres with pgbench. */
export async function measureHeartbeat(): Promise<{ table: Table; targets: Target[] } | null> {
  // Autovacuum would run sixty times in an hour, and once in a minute that stands for one.
  return withServer(
    ['autovacuum=off', 'checkpoint_timeout=1h', 'max_wal_size=8GB', 'wal_keep_size=2GB'],
    async (server) => {
      if (!fs.existsSync(path.join(server.bin, 'pgbench'))) return null;
      const beats = await withDatabase(server, (database, url) => hourOfBeats(server, database, url));
      const looks = await withDatabase(server, (database) => hourOfLooks(server, database));
      return { table: hourTable(beats, looks), targets: [judge(beats, looks)] };
    },
  );
}

async function hourOfBeats(server: BenchServer, database: Database, url: string): Promise<Hour> {
  await database.script(AGENTS);
  await database.query(`insert into agents (name, pid, pane, tty)
    select 'agent-' || lpad(n::text, 5, '0'), 10000 + n, '%' || n, 'pts/' || n from generate_series(0, ${SESSIONS - 1}) n`);
  await database.script('vacuum analyze');
  const script = path.join(server.cluster.directory, 'beat.sql');
  const each = SESSIONS / CLIENTS;
  fs.writeFileSync(
    script,
    `\\set i (:i + 1) % ${each}
\\set n 100000 + :client_id * ${each} + :i
update agents set last_seen = now() where name = 'agent-' || right(:n::text, 5);\n`,
  );
  const transactions = (SESSIONS * 3600) / PERIOD_SECONDS / CHECKPOINTS / CLIENTS;
  const beat = [
    '-n',
    '-M',
    'prepared',
    '-c',
    `${CLIENTS}`,
    '-j',
    '1',
    '-t',
    `${transactions}`,
    '-D',
    'i=0',
    '-f',
    script,
  ];
  const cost = await costOf(server, database, async () => {
    for (let part = 0; part < CHECKPOINTS; part++) {
      await database.script('checkpoint');
      await promisify(execFile)(path.join(server.bin, 'pgbench'), [...beat, url]);
      if (part >= DEATHS) continue;
      await database.query(`update agents set status = 'dead' where name = $1`, [nameOf(part * 97)]);
    }
  });
  return { ...cost, pageBytes: await pageBytes(server, cost), clientSeconds: null, ...(await deadRows(database)) };
}

async function hourOfLooks(server: BenchServer, database: Database): Promise<Hour> {
  const registry = new Registry(database);
  await registry.migrate();
  const machine = new PreparedMachine(SESSIONS / HOSTS);
  const hosts = Array.from({ length: HOSTS }, (_, index) => ({ id: `host-${index}`, machine: machine.twin() }));
  for (const { id, machine } of hosts) for (let pass = 0; pass < 2; pass++) await passOwn(registry, machine, id);
  await database.script('vacuum analyze');
  const passes = 3600 / PERIOD_SECONDS / CHECKPOINTS;
  let clientSeconds = 0;
  const cost = await costOf(server, database, async () => {
    const before = proc.cpuUsage();
    for (let part = 0; part < CHECKPOINTS; part++) {
      await database.script('checkpoint');
      if (part < DEATHS) hosts[part % HOSTS]?.machine.end(part * 7);
      for (let pass = 0; pass < passes; pass++) {
        for (const { id, machine } of hosts) await passOwn(registry, machine, id);
      }
    }
    const { user, system } = proc.cpuUsage(before);
    clientSeconds = (user + system) / 1e6;
  });
  return { ...cost, pageBytes: await pageBytes(server, cost), clientSeconds, ...(await deadRows(database)) };
}

async function deadRows(database: Database): Promise<Pick<Hour, 'deadMade' | 'deadLeft'>> {
  const { rows } = await database.query(
    'select sum(n_tup_upd + n_tup_del) as made, sum(n_dead_tup) as left_over from pg_stat_user_tables',
  );
  return { deadMade: Number(rows[0]?.['made']), deadLeft: Number(rows[0]?.['left_over']) };
}

async function withDatabase<T>(
  { cluster }: BenchServer,
  body: (database: Database, url: string) => Promise<T>,
): Promise<T> {
  const url = cluster.createDatabase();
  const database = await connect(url);
  try {
    return await body(database, url);
  } finally {
    await database.close();
  }
}

function hourTable(beats: Hour, looks: Hour): Table {
  const row = (what: string, of: (hour: Hour) => number) => {
    return [what, digits(of(beats)), digits(of(looks)), digits(of(beats) / of(looks))];
  };
  return {
    title: `An hour of ${SESSIONS} sessions, ${DEATHS} of which end`,
    head: ['', `a beat every ${PERIOD_SECONDS} s`, `a look every ${PERIOD_SECONDS} s`, 'times'],
    rows: [
      row('transactions', ({ transactions }) => transactions),
      row('of them that write', ({ writingTransactions }) => writingTransactions),
      row('WAL, kB', ({ walBytes }) => walBytes / 1000),
      row('of it whole pages after checkpoints, kB', (hour) => hour.pageBytes / 1000),
      row('of it all else, kB', (hour) => (hour.walBytes - hour.pageBytes) / 1000),
      row('dead rows made', ({ deadMade }) => deadMade),
      row('dead rows left, without vacuum', ({ deadLeft }) => deadLeft),
      row('CPU of the server, s', ({ cpuSeconds }) => cpuSeconds),
      ['CPU of the hosts, without looking, s', '-', digits(looks.clientSeconds ?? Number.NaN), '-'],
    ],
    note:
      `Simulated: every transaction of the hour was run, one after the other without pauses, with a checkpoint for each ` +
      `five minutes; ${HOSTS} hosts with prepared looks; fsync off, no autovacuum. Nothing is extrapolated. Not measured: ` +
      'what a beat costs the session that sends it, and what a look costs its host (above).',
  };
}

function judge(beats: Hour, looks: Hour): Target {
  return atLeast('WAL an hour, less than heartbeats', 200, beats.walBytes / looks.walBytes, '×');
}
