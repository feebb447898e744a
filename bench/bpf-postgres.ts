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

/** Machines: how many processes there are, and how many of them are sessions. */
const MACHINES: readonly Machine[] = [
  [100, 10],
  [10_000, 1000],
];
type Machine = readonly [processes: number, sessions: number];
/** The one that the project makes demands of. */
const JUDGED = MACHINES[1];
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
export async function measurePostgresAlone(workshop: Workshop): Promise<{ tables: Table[]; targets: Target[] } | null> {
  return withPins(workshop, NOBODY, (pins) =>
    withServer([], async (server) => {
      const tables: Table[] = [];
      const targets: Target[] = [];
      for (const machine of MACHINES) {
        const short = whatFallsShort(...machine);
        if (short.length > 0) {
          console.log(`\n${machine[0]} processes do not fit here: ${short.join('; ')}`);
          continue;
        }
        const population = await populate(workshop, ...machine);
        try {
          const samples = await measure(workshop, { machine, population, server, pins });
          tables.push(tableOf(machine, samples, server.major));
          if (machine === JUDGED) targets.push(...judge(machine, samples));
        } finally {
          await population.close();
        }
      }
      return { tables, targets };
    }),
  );
}

interface Surroundings {
  readonly machine: Machine;
  readonly population: Population;
  readonly server: BenchServer;
  readonly pins: string;
}

async function measure(
  { plumb }: Workshop,
  { machine: [processes, sessions], population, server, pins }: Surroundings,
): Promise<Samples> {
  const url = server.cluster.createDatabase();
  const flags = ['--db', url, '--home', `${population.homes}/*`, '--command', COMMAND];
  await run(proc.execPath, [`${plumb}`, 'fdw', 'install', '--via', 'bpf', '--pins', pins, '--apply', ...flags]);
  await run(proc.execPath, [`${plumb}`, 'homes', '--store', ...flags]);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('create table plain as select * from kernel.processes');
    const count = (sql: string) => counted(client, sql, processes);
    const contenders: Contender[] = [
      { name: PLAIN, run: () => count('select count(*) from plain') },
      { name: COUNT, run: () => count('select count(*) from kernel_hosts.tasks where kind = 1') },
      { name: LINES, run: () => count('select count(*) from kernel_hosts.tasks') },
      { name: PROCESSES_COUNTED, run: () => count(PROCESSES_COUNTED) },
      { name: SESSIONS_READ, run: () => told(client, sessions) },
    ];
    for (let round = 0; round < WARM_UP; round++) for (const it of contenders) await it.run();
    return await compare(contenders, ROUNDS, false);
  } finally {
    await client.end();
  }
}

async function counted(client: pg.Client, sql: string, processes: number): Promise<Sample> {
  const start = performance.now();
  const { rows } = await client.query(sql);
  const ms = performance.now() - start;
  const count = Number(rows[0]?.count);
  if (count < processes) throw new Error(`${sql}: ${count} where ${processes} processes are`);
  return { ms, peakBytes: 0, found: count };
}

async function told(client: pg.Client, sessions: number): Promise<Sample> {
  const start = performance.now();
  const { rows } = await client.query(SESSIONS_READ);
  const ms = performance.now() - start;
  if (rows.length !== sessions) throw new Error(`${SESSIONS_READ}: ${rows.length} rows where ${sessions} are`);
  return { ms, peakBytes: 0, found: rows.length };
}

function tableOf([processes, sessions]: Machine, samples: Samples, major: number): Table {
  return {
    title: `Postgres ${major} reads the iterator: ${processes} processes, ${sessions} sessions, one connection`,
    head: ['', 'ms'],
    rows: [PLAIN, COUNT, LINES, PROCESSES_COUNTED, SESSIONS_READ].map((name) => [
      name,
      digits(medianMs(samples, name)),
    ]),
    note: 'Medians, as a client waits for them who has asked before.',
  };
}

function judge([processes]: Machine, samples: Samples): Target[] {
  return [atMost(`count(*) through Postgres, of ${processes} processes`, 30, medianMs(samples, COUNT), 'ms')];
}
