// Hot path: 5,000 routes of a network namespace, beside ip(8).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import proc from 'node:process';
import { CoverageLog } from '../src/kernel/coverage.ts';
import { loadNetlink } from '../src/kernel/native/netlink.ts';
import { findNetNamespaces } from '../src/kernel/net-namespaces.ts';
import { liveProcfs } from '../src/kernel/procfs-live.ts';
import { readRoutes } from '../src/kernel/routes.ts';
import { MachineLook } from '../src/look/machine-look.ts';
import { ROUTES } from '../src/relations/routes.ts';
import { toWire } from '../src/relations/wire.ts';
import { type Contender, compare, meter, type Sample, type Samples } from './harness/measure.ts';
import { digits, type Table, type Target } from './harness/report.ts';
import { medianMs, ratio } from './harness/stats.ts';
import type { Workshop } from './harness/workshop.ts';

const TABLES = 5;
const ROUTES_EACH = 1000;
const MADE = TABLES * ROUTES_EACH;
const ROUNDS = 9;
const WARM_UP = 5;

const IP = 'ip -d route show table all';
const IP_JSON = 'ip -d -j route show table all';
const READ = 'routes and rules, read by rtnetlink';
const TEXT = 'routes, read as text';
const ROWS = 'rows of every namespace, with their sessions';
const WIRE = 'the same, every column as JSON';

/** Measures the routes of a large table; null where no network namespace can be made. */
export async function measureRoutes(workshop: Workshop): Promise<{ table: Table; targets: Target[] } | null> {
  const keeper = await openNamespace();
  if (keeper === null) return null;
  try {
    const all = await contenders(workshop, keeper.pid as number);
    for (let round = 0; round < WARM_UP; round++) for (const it of all) await it.run();
    return results(await compare(all, ROUNDS));
  } finally {
    keeper.kill('SIGKILL');
    await once(keeper, 'exit');
  }
}

async function contenders(workshop: Workshop, pid: number): Promise<Contender[]> {
  const procfs = liveProcfs();
  const namespace = findNetNamespaces(procfs, [pid], new CoverageLog()).find(({ pids }) => pids.includes(pid));
  if (!namespace) throw new Error('the namespace was not found');
  const netlink = await loadNetlink();
  const ask = { sessions: null, wants: () => true, options: {} };
  const read = (speaks: typeof netlink | null) => () => {
    return timed(() => {
      const found = readRoutes(procfs, namespace, speaks);
      if (found.kind !== 'value') throw new Error(`the routes are ${found.kind}`);
      return found.value.routes.length;
    });
  };
  const rows = (wire: boolean) => async () => {
    const look = await MachineLook.open({});
    return timed(async () => {
      const found = await ROUTES.rows(look, ask);
      if (wire) JSON.stringify(found.map((row) => toWire(ROUTES, row as never)));
      return found.length;
    });
  };
  const bare = (command: string) => async () => {
    const sample = await meter(workshop, ['nsenter', '-n', '-t', String(pid), ...command.split(' ')]);
    if (sample.exitCode !== 0) throw new Error(`${command} ended with ${sample.exitCode}`);
    return sample;
  };
  return [
    { name: IP, run: bare(IP) },
    { name: IP_JSON, run: bare(IP_JSON) },
    { name: READ, run: read(netlink) },
    { name: TEXT, run: read(null) },
    { name: ROWS, run: rows(false) },
    { name: WIRE, run: rows(true) },
  ];
}

async function timed(work: () => number | Promise<number>): Promise<Sample> {
  const startedMs = performance.now();
  const found = await work();
  if (found < MADE) throw new Error(`${found} routes found where ${MADE} are`);
  return { ms: performance.now() - startedMs, peakBytes: proc.memoryUsage().rss, found };
}

/** A process in a network namespace with many routes in several tables; ends with us. */
async function openNamespace(): Promise<ChildProcess | null> {
  const lines = Array.from({ length: MADE }, (_, index) => {
    const address = `10.${1 + (index >> 16)}.${(index >> 8) & 0xff}.${index & 0xff}/32`;
    return `route add ${address} via 10.0.0.1 dev r0 table ${100 + (index % TABLES)}`;
  });
  const script = [
    'ip link set lo up; ip link add r0 type veth peer name r1; ip link set r0 up; ip link set r1 up',
    'ip addr add 10.0.0.2/24 dev r0; ip -batch -; echo made; exec sleep 1000000',
  ].join('; ');
  const keeper = spawn('unshare', ['-n', '--kill-child', 'sh', '-ec', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  keeper.stdin.end(`${lines.join('\n')}\n`);
  const made = await Promise.race([
    once(keeper.stdout, 'data').then(() => true),
    once(keeper, 'exit').then(() => false),
  ]);
  if (made) return keeper;
  console.log('routes are not measured: no network namespace with a veth pair can be made');
  return null;
}

function results(samples: Samples): { table: Table; targets: Target[] } {
  const names = [IP, IP_JSON, READ, TEXT, ROWS, WIRE];
  const rows = names.map((name) => {
    return [name, digits(medianMs(samples, name)), ...[IP, IP_JSON].map((than) => digits(ratio(samples, name, than)))];
  });
  return {
    table: {
      title: `Routes: ${MADE} in ${TABLES} tables of a network namespace`,
      head: ['', 'ms', `times ${IP}`, 'times with -j'],
      rows,
      note: `Medians of ${ROUNDS} rounds, ip with its start, the others within one process whose start and look at all processes are not in it. No target.`,
    },
    targets: [],
  };
}
