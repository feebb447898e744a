// Hot path: `select * from sessions` of a running endpoint, beside the look alone, a plain table in a real Postgres, and the
// same through postgres_fdw.
import proc from 'node:process';
import type pg from 'pg';
import { AskedChild } from './harness/asked-child.ts';
import { type BenchEndpoint, connectClient, rssBytes, startEndpoint } from './harness/endpoint.ts';
import { type Contender, compare, meter, type Sample, type Samples } from './harness/measure.ts';
import { type Population, populate } from './harness/population.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { type BenchServer, withServer } from './harness/server.ts';
import { median, medianMs, peakBytes, percentile } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const PROCESSES = 1000;
const SESSIONS = 100;
const ROUNDS = 100;
const COLD_ROUNDS = 7;
/** After so many V8 has compiled what it will compile. */
const WARM_UP = 40;
const CROWDS = [1, 8, 32];
const CROWD_MS = 4000;

const SQL = 'select * from sessions';
const LOOK = 'the look alone, in one process';
const WIRE = `${SQL}, over the wire`;
const FEW = 'select name, pid, pane from sessions where …, over the wire';
const BARE = 'select 1, over the wire';
const PLAIN = `${SQL}: a plain table in Postgres`;
const FOREIGN = `${SQL}, through postgres_fdw`;
const COLD = `plumb sql '${SQL}'`;

/** Measures SQL over the kernel; null where plumb has not been built. */
export async function measureSql(workshop: Workshop): Promise<{ tables: Table[]; targets: Target[] } | null> {
  const { plumb } = workshop;
  if (plumb === null) return null;
  const population = await populate(workshop, PROCESSES, SESSIONS);
  try {
    const firstMs: number[] = [];
    for (let start = 0; start < COLD_ROUNDS; start++) {
      const endpoint = startEndpoint(plumb, population.homes);
      const from = performance.now();
      try {
        const client = await connectClient(placeOf(endpoint));
        await answered(client, SQL);
        firstMs.push(performance.now() - from);
        await client.end();
      } finally {
        await endpoint.close();
      }
    }
    const measured = await withServer([], (server) => measureWith(workshop, { plumb, population, server, firstMs }));
    if (measured === null) console.log('no Postgres is installed: SQL is not measured');
    return measured;
  } finally {
    await population.close();
  }
}

interface Surroundings {
  readonly plumb: string;
  readonly population: Population;
  readonly server: BenchServer;
  readonly firstMs: readonly number[];
}

async function measureWith(workshop: Workshop, { plumb, population, server, firstMs }: Surroundings) {
  const endpoint = startEndpoint(plumb, population.homes);
  const look = new AskedChild([proc.execPath, workshop.lookChild, population.homes, COMMAND]);
  const wire = await connectClient(placeOf(endpoint));
  const own = await openOwn(server, endpoint);
  try {
    await answered(wire, SQL);
    const restBytes = rssBytes(endpoint.pid);
    for (let round = 0; round < WARM_UP; round++) {
      await Promise.all([look.ask('all'), answered(wire, SQL)]);
    }
    const contenders: Contender[] = [
      { name: LOOK, run: () => look.ask('all') },
      { name: WIRE, run: () => answered(wire, SQL) },
      { name: FEW, run: () => answered(wire, `select name, pid, pane from sessions where verdict = 'alive'`) },
      { name: BARE, run: () => answered(wire, 'select 1', 1) },
      { name: PLAIN, run: () => answered(own, 'select * from plain') },
      { name: FOREIGN, run: () => answered(own, 'select * from kernel.sessions') },
    ];
    const samples = await compare(contenders, ROUNDS, false);
    const crowds: Crowd[] = [];
    for (const clients of CROWDS) crowds.push(await measureCrowd(endpoint, clients));
    const afterBytes = rssBytes(endpoint.pid);
    const flags = ['--home', `${population.homes}/*`, '--command', COMMAND];
    const command = [proc.execPath, plumb, 'sql', SQL, '-o', 'csv', ...flags];
    const cold = await compare([{ name: COLD, run: () => meter(workshop, command) }], COLD_ROUNDS);
    const memory = { restBytes, afterBytes };
    return results({ samples: new Map([...samples, ...cold]), crowds, firstMs, memory, server });
  } finally {
    await Promise.all([wire.end(), own.end(), look.close()]);
    await endpoint.close();
  }
}

/** A database with the live tables in it, and the same rows as a plain table. */
async function openOwn({ cluster }: BenchServer, { directory }: BenchEndpoint): Promise<pg.Client> {
  const client = await connectClient({ connectionString: cluster.createDatabase() });
  await client.query(`create extension postgres_fdw;
    create server plumb foreign data wrapper postgres_fdw options (host '${directory}', dbname 'plumbline');
    create user mapping for current_user server plumb options (user 'bench', password_required 'false');
    create schema kernel;
    import foreign schema public from server plumb into kernel;
    create table plain as select * from kernel.sessions`);
  await client.query('vacuum analyze plain');
  return client;
}

async function answered(client: pg.Client, sql: string, count = SESSIONS): Promise<Sample> {
  const start = performance.now();
  const { rows } = await client.query({ text: sql, rowMode: 'array' });
  const ms = performance.now() - start;
  if (rows.length !== count) throw new Error(`${sql}: ${rows.length} rows where ${count} are`);
  return { ms, peakBytes: 0, found: rows.length };
}

/** What several clients get who ask one statement after the other. */
interface Crowd {
  readonly clients: number;
  readonly statements: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measureCrowd(endpoint: BenchEndpoint, clients: number): Promise<Crowd> {
  const all = await Promise.all(Array.from({ length: clients }, () => connectClient(placeOf(endpoint))));
  const times: number[] = [];
  const from = performance.now();
  const ask = async (client: pg.Client) => {
    while (performance.now() - from < CROWD_MS) times.push((await answered(client, SQL)).ms);
  };
  await Promise.all(all.map(ask));
  const seconds = (performance.now() - from) / 1000;
  await Promise.all(all.map((it) => it.end()));
  return {
    clients,
    statements: times.length / seconds,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  };
}

interface Measured {
  readonly samples: Samples;
  readonly crowds: readonly Crowd[];
  readonly firstMs: readonly number[];
  readonly memory: { readonly restBytes: number; readonly afterBytes: number };
  readonly server: BenchServer;
}

function results({ samples, crowds, firstMs, memory, server }: Measured): { tables: Table[]; targets: Target[] } {
  const p99 = (name: string) =>
    percentile(
      (samples.get(name) ?? []).map(({ ms }) => ms),
      0.99,
    );
  /** Within each round: what else the machine did met both. */
  const more = (name: string, than: string) => {
    const others = samples.get(than) ?? [];
    return median((samples.get(name) ?? []).map(({ ms }, round) => ms - (others[round]?.ms ?? Number.NaN)));
  };
  const times: Table = {
    title: `SQL: ${SESSIONS} sessions, ${PROCESSES} processes`,
    head: ['', 'p50 ms', 'p99 ms', 'more than the look'],
    rows: [LOOK, WIRE, FEW, FOREIGN, PLAIN, BARE].map((name) => [
      name,
      digits(medianMs(samples, name)),
      digits(p99(name)),
      name === LOOK ? '' : digits(more(name, LOOK)),
    ]),
    note: `${ROUNDS} rounds, all in turn, Postgres ${server.major}; differences are medians of those within each round.`,
  };
  const crowd: Table = {
    title: `SQL: several clients, each \`${SQL}\` again and again`,
    head: ['clients', 'statements/s', 'p50 ms', 'p99 ms'],
    rows: crowds.map((it) => [String(it.clients), ...[it.statements, it.p50Ms, it.p99Ms].map(digits)]),
    note: 'A look that begins after several statements have come answers all of them. The clients are one process.',
  };
  const rest: Table = {
    title: 'SQL: starts and memory',
    head: ['', 'ms', 'MB'],
    rows: [
      ['plumb serve, from its start to the first answer', digits(median(firstMs)), ''],
      [COLD, digits(medianMs(samples, COLD)), digits(peakBytes(samples, COLD) / 1e6)],
      ['plumb serve, after its first answer', '', digits(memory.restBytes / 1e6)],
      ['plumb serve, after all of this', '', digits(memory.afterBytes / 1e6)],
    ],
  };
  return {
    tables: [times, crowd, rest],
    targets: [
      atMost(`${WIRE}: p50`, 25, medianMs(samples, WIRE), 'ms'),
      atMost(`${WIRE}: p99`, 60, p99(WIRE), 'ms'),
      atMost(`${WIRE}: more than the look`, 8, more(WIRE, LOOK), 'ms'),
      atMost(`${FOREIGN}: more than over the wire`, 15, more(FOREIGN, WIRE), 'ms'),
      atMost('plumb serve: first answer', 1500, median(firstMs), 'ms'),
      atMost(`${COLD}: cold`, 1500, medianMs(samples, COLD), 'ms'),
      atMost('plumb serve: memory', 350, Math.max(memory.restBytes, memory.afterBytes) / 1e6, 'MB'),
    ],
  };
}

function placeOf({ directory }: BenchEndpoint) {
  return { host: directory, port: 5432, user: 'bench', database: 'plumbline' };
}
