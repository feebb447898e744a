// A fleet on one Postgres: how many simulated hosts it holds, and what a NOTIFY costs their commits.
import os from 'node:os';
import { Registry } from '../src/registry/registry.ts';
import { Fleet } from './harness/fleet-parent.ts';
import { PreparedMachine } from './harness/prepared.ts';
import { passOwn } from './harness/prepared-pass.ts';
import { digits, type Table, type Target } from './harness/report.ts';
import { type BenchServer, busyTicks, connect, serverTicks, TICKS_A_SECOND, withServer } from './harness/server.ts';
import { percentile } from './harness/stats.ts';
import { WaitSampler } from './harness/waits.ts';
import type { Workshop } from './harness/workshop.ts';
import { notifyTable } from './notify.ts';

const SESSIONS = 100;
/** One session in a hundred is replaced every minute. */
const CHANGES_A_MINUTE = SESSIONS / 100;
const MOST_HOSTS = 1600;
const STEP_MS = 8000;
/** A row that is later than the next look would be is no better than none: the fleet does not hold. */
const BOUND_MS = 1000;
const CHILDREN = 2;

/** A watch looks every second by default; with ten it is as fresh as a heartbeat of ten. */
const RAMPS = [
  { intervalMs: 1000, hosts: [50, 100, 200, 400, 600, 800, 1200, MOST_HOSTS] },
  { intervalMs: 10_000, hosts: [400, 800, MOST_HOSTS] },
];

/** One step of a ramp. */
interface Step {
  readonly intervalMs: number;
  readonly hosts: number;
  readonly changes: number;
  readonly passes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCores: number;
  readonly hostCores: number;
  /** Of the machine, what is neither. */
  readonly otherCores: number;
  readonly waits: string;
  /** What was at its end; null while the fleet holds. */
  readonly gave: string | null;
}

const NOTHING = {
  changes: Number.NaN,
  passes: Number.NaN,
  p50Ms: Number.NaN,
  p99Ms: Number.NaN,
  serverCores: Number.NaN,
  hostCores: Number.NaN,
  otherCores: Number.NaN,
  waits: '',
};

/** Measures both ramps and the commits with a NOTIFY; null where no Postgres is installed. */
export async function measureFleet(workshop: Workshop): Promise<{ tables: Table[]; targets: Target[] } | null> {
  const settings = ['fsync=on', `max_connections=${MOST_HOSTS + 100}`, 'shared_buffers=512MB', 'max_wal_size=4GB'];
  return withServer(settings, async (server) => {
    const url = server.cluster.createDatabase();
    await fillRows(url);
    const steps: Step[] = [];
    for (const ramp of RAMPS) {
      const fleet = new Fleet(workshop, CHILDREN);
      try {
        steps.push(...(await climb(server, fleet, { ...ramp, url })));
      } finally {
        await fleet.close();
      }
    }
    return { tables: [stepTable(steps), await notifyTable(server)], targets: [] };
  });
}

/** Gives every host rows that are right: the first one's, again and again. */
async function fillRows(url: string): Promise<void> {
  const database = await connect(url);
  const registry = new Registry(database);
  await registry.migrate();
  await passOwn(registry, new PreparedMachine(SESSIONS), 'host-0');
  for (const table of ['hosts', 'sessions']) {
    const { rows } = await database.query(
      `select string_agg(column_name, ', ' order by ordinal_position) as names from information_schema.columns
       where table_schema = 'plumbline' and table_name = $1 and column_name <> 'host_id'`,
      [table],
    );
    const names = rows[0]?.['names'];
    await database.script(`insert into plumbline.${table} (host_id, ${names})
      select 'host-' || n, ${names} from generate_series(1, ${MOST_HOSTS - 1}) n, plumbline.${table}`);
  }
  await database.script('vacuum analyze');
  await database.close();
}

/** Lets more and more hosts run, until their rows come late or they cannot connect. */
async function climb(
  server: BenchServer,
  fleet: Fleet,
  { url, intervalMs, hosts: stages }: (typeof RAMPS)[number] & { readonly url: string },
): Promise<Step[]> {
  const sampler = await WaitSampler.open(url);
  const steps: Step[] = [];
  try {
    let there = 0;
    for (const hosts of stages) {
      const refused = await fleet.add({ url, from: there, to: hosts, sessions: SESSIONS });
      const step = refused === null ? await runStep(server, fleet, sampler, { intervalMs, hosts }) : null;
      steps.push(step ?? { ...NOTHING, intervalMs, hosts, gave: refused });
      if (steps.at(-1)?.gave != null) break;
      there = hosts;
    }
  } finally {
    await sampler.close();
  }
  return steps;
}

async function runStep(
  { cluster }: BenchServer,
  fleet: Fleet,
  sampler: WaitSampler,
  { intervalMs, hosts }: Pick<Step, 'intervalMs' | 'hosts'>,
): Promise<Step> {
  const [ticks, machineTicks, startedAt] = [serverTicks(cluster.pid()), busyTicks(), performance.now()];
  sampler.start();
  const answers = await fleet.run({ ms: STEP_MS, intervalMs, changesAMinute: CHANGES_A_MINUTE });
  const waits = await sampler.stop();
  const seconds = (performance.now() - startedAt) / 1000;
  const cores = (from: number, to: number) => (to - from) / TICKS_A_SECOND / seconds;
  const latencies = answers.flatMap(({ latenciesMs }) => latenciesMs);
  const serverCores = cores(ticks, serverTicks(cluster.pid()));
  const hostCores = answers.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / seconds;
  const otherCores = Math.max(0, cores(machineTicks, busyTicks()) - serverCores - hostCores);
  const step: Step = {
    intervalMs,
    hosts,
    changes: latencies.length / seconds,
    passes: answers.reduce((sum, answer) => sum + answer.passes, 0) / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    serverCores,
    hostCores,
    otherCores,
    waits,
    gave: answers.find(({ error }) => error !== null)?.error ?? null,
  };
  if (step.gave !== null || step.p99Ms <= BOUND_MS) return step;
  return { ...step, gave: whatGave(step) };
}

/** What was at its end when the rows came late. */
function whatGave({ serverCores, hostCores, otherCores, waits }: Step): string {
  if (serverCores + hostCores + otherCores > 0.85 * os.cpus().length) return 'CPU of the machine';
  return hostCores > 0.85 * CHILDREN ? 'CPU of the simulated hosts' : `waiting: ${waits}`;
}

function stepTable(steps: readonly Step[]): Table {
  return {
    title: `Fleet: hosts × ${SESSIONS} sessions on one Postgres, 1 % of them replaced a minute`,
    head: [
      'hosts, look every',
      'passes/s',
      'changes/s',
      'p50 ms',
      'p99 ms',
      'server cores',
      'host cores',
      'other cores',
      'waits',
      'gave',
    ],
    rows: steps.map((it) => [
      `${it.hosts}, ${it.intervalMs / 1000} s`,
      ...[it.passes, it.changes, it.p50Ms, it.p99Ms, it.serverCores, it.hostCores, it.otherCores].map(digits),
      it.waits,
      it.gave ?? (it.hosts === MOST_HOSTS ? 'held: connections end here' : ''),
    ]),
    note:
      `Simulated: ${CHILDREN} processes are all hosts, on the machine of the server; each host has its own connection ` +
      `and prepared looks. ms from a change, which wakes its host, to the commit of its row; ${STEP_MS / 1000} s a step, ` +
      `until p99 is above ${BOUND_MS}; few changes, so p99 is nearly the worst. fsync on.`,
  };
}
