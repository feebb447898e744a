// Hot path: reading, planning and writing 10,000 rows on Postgres, plumbline's own and a mapped table's.
import type { TableMapping } from '../src/model/table-mapping.ts';
import type { Database } from '../src/registry/database.ts';
import { Registry } from '../src/registry/registry.ts';
import { openTable } from '../src/registry/table/table.ts';
import { type Contender, compare, type Sample, type Samples } from './harness/measure.ts';
import { PreparedMachine } from './harness/prepared.ts';
import { type PassTime, passOwn, passTable } from './harness/prepared-pass.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { type BenchServer, connect, costOf, type ServerCost, withServer } from './harness/server.ts';
import { median, medianMs } from './harness/stats.ts';

const ROWS = 10_000;
const CHANGED = ROWS / 100;
const ROUNDS = 11;
const HOST = 'bench';
const WARM_UP = 5;
/** Passes without a change whose WAL is counted. */
const QUIET_PASSES = 10;

const AGENTS = `create table agents (name text primary key, host text, pid integer, tty text, task text,
  status text not null default 'running', started_at timestamptz, ended_at timestamptz, observed_at timestamptz)`;

const MAPPING: TableMapping = {
  table: 'agents',
  key: 'name',
  columns: {
    pid: 'pid',
    host: 'host',
    status: 'status',
    terminal: 'tty',
    started_at: 'started_at',
    ended_at: 'ended_at',
    observed_at: 'observed_at',
  },
  alive: ['running'],
  dead: ['dead'],
  thisHost: false,
  insert: true,
  touchSeconds: null,
};

/** Rows of one kind, and a machine whose sessions they are. */
interface Subject {
  readonly name: string;
  readonly machine: PreparedMachine;
  readonly pass: () => Promise<PassTime>;
}

const SUBJECTS = [openOwn, openMapped];

/** What was measured of one subject. */
interface Result {
  readonly name: string;
  readonly samples: Samples;
  readonly laps: ReadonlyMap<string, readonly PassTime[]>;
  readonly quiet: ServerCost;
}

/** Measures passes over 10,000 rows; null where no Postgres is installed. */
export async function measureRegistry(): Promise<{ table: Table; targets: Target[] } | null> {
  return withServer(['fsync=on'], async (server) => {
    const results: Result[] = [];
    // One after the other: what is prepared for both would be four million objects for the garbage collector to visit.
    for (const open of SUBJECTS) results.push(await measureSubject(server, open));
    return { table: timeTable(results, server.major), targets: results.flatMap(judge) };
  });
}

async function measureSubject(server: BenchServer, open: (database: Database) => Promise<Subject>): Promise<Result> {
  const database = await connect(server.cluster.createDatabase());
  try {
    const subject = await open(database);
    await repeat(WARM_UP, subject.pass);
    await database.script('vacuum analyze');
    const laps = new Map<string, PassTime[]>();
    const contenders = contendersOf(subject, laps);
    for (const { run } of contenders) await run();
    laps.clear();
    const samples = await compare(contenders, ROUNDS);
    // What a change has left on a page is cleared by who reads it next: that is the change's cost, not the reader's.
    await database.script('vacuum');
    const quiet = await costOf(server, database, () => repeat(QUIET_PASSES, subject.pass));
    return { name: subject.name, samples, laps, quiet };
  } finally {
    await database.close();
  }
}

async function openOwn(database: Database): Promise<Subject> {
  const registry = new Registry(database);
  await registry.migrate();
  const machine = new PreparedMachine(ROWS);
  return { name: 'own rows', machine, pass: () => passOwn(registry, machine, HOST) };
}

async function openMapped(database: Database): Promise<Subject> {
  await database.script(AGENTS);
  const table = await openTable(database, MAPPING, 'write');
  const machine = new PreparedMachine(ROWS, 'pid');
  return { name: 'mapped table', machine, pass: () => passTable(table, machine, HOST) };
}

function contendersOf({ name, machine, pass }: Subject, laps: Map<string, PassTime[]>): Contender[] {
  let turn = 0;
  const measured = async (contender: string, changes: number): Promise<Sample> => {
    // All over the table, and other ones each time.
    for (let index = 0; index < changes; index++) machine.restart((turn + index * (ROWS / changes)) % ROWS);
    turn++;
    const lap = await pass();
    if (lap.changes !== changes) throw new Error(`${contender}: ${lap.changes} changes where ${changes} are`);
    laps.set(contender, [...(laps.get(contender) ?? []), lap]);
    return { ms: lap.readMs + lap.planMs + lap.writeMs, peakBytes: 0, found: null };
  };
  return [
    { name: unchangedOf(name), run: () => measured(unchangedOf(name), 0) },
    { name: changedOf(name), run: () => measured(changedOf(name), CHANGED) },
  ];
}

function timeTable(results: readonly Result[], major: number): Table {
  return {
    title: `Registry: ${ROWS} rows of one host, Postgres ${major}`,
    head: ['', 'ms', 'read', 'plan', 'write'],
    rows: results.flatMap(({ samples, laps }) =>
      [...samples.keys()].map((name) => {
        const part = (of: (lap: PassTime) => number) => digits(median((laps.get(name) ?? []).map(of)));
        const parts = [part(({ readMs }) => readMs), part(({ planMs }) => planMs), part(({ writeMs }) => writeMs)];
        return [name, digits(medianMs(samples, name)), ...parts];
      }),
    ),
    note:
      `Medians of ${ROUNDS} rounds; warm, fsync on, one transaction a pass. The look is not in it: it is prepared, ` +
      'from recorded scenes.',
  };
}

function judge({ name, samples, quiet }: Result): Target[] {
  return [
    atMost(`${ROWS} ${changedOf(name)}: read, plan, apply`, 120, medianMs(samples, changedOf(name)), 'ms'),
    atMost(`${ROWS} ${unchangedOf(name)}: read, plan`, 60, medianMs(samples, unchangedOf(name)), 'ms'),
    atMost(`${unchangedOf(name)}: WAL of ${QUIET_PASSES} passes`, 0, quiet.walBytes, 'bytes'),
    atMost(`${unchangedOf(name)}: of them that wrote`, 0, quiet.writingTransactions, 'transactions'),
  ];
}

async function repeat(times: number, run: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < times; time++) await run();
}

function unchangedOf(name: string): string {
  return `${name}, none changed`;
}

function changedOf(name: string): string {
  return `${name}, 1 % changed`;
}
