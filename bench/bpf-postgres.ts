// Hot path: the kernel's iterator as a table of Postgres, which reads it with nothing of plumbline running.
import { execFile } from 'node:child_process';
import proc from 'node:process';
import { promisify } from 'node:util';
import pg from 'pg';
import { whatFallsShort } from './harness/limits.ts';
import { type Contender, compare, type Sample, type Samples } from './harness/measure.ts';
import { withPins } from './harness/pins.ts';
import { type Population, populate } from './harness/population.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { type BenchServer, withServer } from './harness/server.ts';
import { medianMs } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const run = promisify(execFile);

const PROCESSES = 10_000;
const SESSIONS = 1000;
const ROUNDS = 21;
const WARM_UP = 3;
/** The group of the user that a server of the benchmark's runs as. */
const NOBODY = 65534;

const LINES = 'select count(*) of all lines: file_fdw converts every column';
const COUNT = 'select count(*) of the processes, by the foreign table alone';
const PROCESSES_COUNTED = 'select count(*) from kernel.processes';
const SESSIONS_READ = 'select name, pid, terminal from kernel.sessions';
const PLAIN = 'select count(*) of the same processes in a plain table';

/** Measures what Postgres reads by itself; null where the iterators cannot be pinned, or no Postgres is here. */
export async function measurePostgresAlone(workshop: Workshop): Promise<{ table: Table; targets: Target[] } | null> {
  const short = whatFallsShort(PROCESSES, SESSIONS);
  if (short.length > 0) {
    console.log(`\n${PROCESSES} processes do not fit here: ${short.join('; ')}`);
    return null;
  }
  return withPins(workshop, NOBODY, async (pins) => {
    const population = await populate(workshop, PROCESSES, SESSIONS);
    try {
      return await withServer([], (server) => measure(workshop, { population, server, pins }));
    } finally {
      await population.close();
    }
  });
}

interface Surroundings {
  readonly population: Population;
  readonly server: BenchServer;
  readonly pins: string;
}

async function measure({ plumb }: Workshop, { population, server, pins }: Surroundings) {
  const url = server.cluster.createDatabase();
  const flags = ['--db', url, '--home', `${population.homes}/*`, '--command', COMMAND];
  await run(proc.execPath, [`${plumb}`, 'fdw', 'install', '--via', 'bpf', '--pins', pins, '--apply', ...flags]);
  await run(proc.execPath, [`${plumb}`, 'homes', '--store', ...flags]);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('create table plain as select * from kernel.processes');
    const contenders: Contender[] = [
      { name: PLAIN, run: () => counted(client, 'select count(*) from plain') },
      { name: COUNT, run: () => counted(client, 'select count(*) from kernel_hosts.tasks where kind = 1') },
      { name: LINES, run: () => counted(client, 'select count(*) from kernel_hosts.tasks') },
      { name: PROCESSES_COUNTED, run: () => counted(client, PROCESSES_COUNTED) },
      { name: SESSIONS_READ, run: () => sessions(client) },
    ];
    for (let round = 0; round < WARM_UP; round++) for (const it of contenders) await it.run();
    const samples = await compare(contenders, ROUNDS, false);
    return { table: tableOf(samples, server.major), targets: judge(samples) };
  } finally {
    await client.end();
  }
}

async function counted(client: pg.Client, sql: string): Promise<Sample> {
  const start = performance.now();
  const { rows } = await client.query(sql);
  const ms = performance.now() - start;
  const count = Number(rows[0]?.count);
  if (count < PROCESSES) throw new Error(`${sql}: ${count} where ${PROCESSES} processes are`);
  return { ms, peakBytes: 0, found: count };
}

async function sessions(client: pg.Client): Promise<Sample> {
  const start = performance.now();
  const { rows } = await client.query(SESSIONS_READ);
  const ms = performance.now() - start;
  if (rows.length !== SESSIONS) throw new Error(`${SESSIONS_READ}: ${rows.length} rows where ${SESSIONS} are`);
  return { ms, peakBytes: 0, found: rows.length };
}

function tableOf(samples: Samples, major: number): Table {
  return {
    title: `Postgres ${major} reads the iterator: ${PROCESSES} processes, ${SESSIONS} sessions, one connection`,
    head: ['', 'ms'],
    rows: [PLAIN, COUNT, LINES, PROCESSES_COUNTED, SESSIONS_READ].map((name) => [
      name,
      digits(medianMs(samples, name)),
    ]),
    note: 'Medians, as a client waits for them.',
  };
}

function judge(samples: Samples): Target[] {
  return [atMost(`count(*) through Postgres, of ${PROCESSES} processes`, 30, medianMs(samples, COUNT), 'ms')];
}
