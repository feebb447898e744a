// Hot path: every process with all that the relation tells, beside ps with the same columns and what others use.
import proc from 'node:process';
import { AskedChild } from './harness/asked-child.ts';
import { whatFallsShort } from './harness/limits.ts';
import { type Contender, compare, meter, type Sample, type Samples } from './harness/measure.ts';
import { type Population, populate } from './harness/population.ts';
import { openPeers, PS_LIST, PSUTIL, SYSTEMINFORMATION } from './harness/process-peers.ts';
import { atLeast, atMost, digits, type Table, type Target } from './harness/report.ts';
import { medianCpuMs, medianMs, peakBytes, ratio } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const SIZES = [1000, 10_000];
const ROUNDS = 5;
const WARM_UP = 3;
const MEMORY_MB = 150;

/** Columns of ours, and the same of ps. */
interface Pair {
  readonly own: string;
  readonly ownColumns: string;
  readonly ps: string;
  readonly psColumns: string;
}

const MANY: Pair = {
  own: 'plumb, 25 columns',
  ownColumns:
    'pid,ppid,sid,pgid,terminal,foreground,state,comm,argv,exe,uid,started_at,cpu_ms,rss_bytes,threads,cgroup,' +
    'mnt_ns,net_ns,pid_ns,user_ns,uts_ns,ipc_ns,cgroup_ns,time_ns,session',
  ps: 'ps -eo of the same',
  psColumns:
    'pid,ppid,sid,pgid,tty,tpgid,state,comm,args,exe,uid,lstart,times,rss,nlwp,cgroup,' +
    'mntns,netns,pidns,userns,utsns,ipcns,cgroupns,timens',
};

const FEW: Pair = {
  own: 'plumb, the columns of its table',
  ownColumns: 'pid,ppid,session,terminal,state,started_at,cpu_ms,rss_bytes,comm',
  ps: 'ps -eo of these',
  psColumns: 'pid,ppid,tty,state,lstart,times,rss,comm',
};

const ALL = 'plumb, all columns';
const COLD = 'plumb, all columns, first in a fresh process';
const PS_START = 'ps -V: its start';

/** What each of the others tells, in our columns. */
const PEERS: Readonly<Record<string, string>> = {
  [PSUTIL]: 'pid,ppid,comm,argv,exe,cwd,uid,started_at,cpu_ms,rss_bytes,threads,state,terminal',
  [SYSTEMINFORMATION]: 'pid,ppid,comm,argv,exe,uid,started_at,cpu_ms,rss_bytes,state,terminal',
  [PS_LIST]: 'pid,ppid,comm,argv,exe,uid,started_at,cpu_ms,rss_bytes',
};

/** Measures the relation of processes on populations that fit here. */
export async function measureProcesses(workshop: Workshop): Promise<{ tables: Table[]; targets: Target[] }> {
  const tables: Table[] = [];
  const targets: Target[] = [];
  for (const processes of SIZES) {
    const sessions = processes / 100;
    const short = whatFallsShort(processes, sessions);
    if (short.length > 0) {
      console.log(`\n${processes} processes do not fit here, left out:\n  ${short.join('\n  ')}`);
      continue;
    }
    const population = await populate(workshop, processes, sessions);
    try {
      const samples = await measure(workshop, population);
      tables.push(tableOf(processes, samples));
      targets.push(...judge(processes, samples));
    } finally {
      await population.close();
    }
  }
  return { tables, targets };
}

async function measure(workshop: Workshop, { homes }: Population): Promise<Samples> {
  const command = [proc.execPath, workshop.relationChild, 'processes', homes, COMMAND];
  const child = new AskedChild(command);
  const peers = await openPeers();
  const own = (columns: string) => () => child.ask(columns);
  const ps =
    (...argv: string[]) =>
    async (): Promise<Sample> =>
      meter(workshop, ['/bin/ps', ...argv]);
  try {
    for (let reads = 0; reads < WARM_UP; reads++) await child.ask('all');
    const contenders: Contender[] = [
      ...[MANY, FEW].flatMap((pair) => [
        { name: pair.own, run: own(pair.ownColumns) },
        { name: pair.ps, run: ps('-ewwo', pair.psColumns) },
      ]),
      { name: ALL, run: own('all') },
      { name: COLD, rounds: 2, run: () => askOnce(command) },
      { name: PS_START, run: ps('-V') },
      ...peers.contenders.flatMap((peer) => [
        peer,
        { name: sameAs(peer.name), rounds: peer.rounds ?? ROUNDS, run: own(PEERS[peer.name] ?? 'all') },
      ]),
    ];
    return await compare(contenders, ROUNDS);
  } finally {
    await Promise.all([child.close(), peers.close()]);
  }
}

async function askOnce(command: readonly string[]): Promise<Sample> {
  const child = new AskedChild(command);
  try {
    return await child.ask('all');
  } finally {
    await child.close();
  }
}

function sameAs(peer: string): string {
  return `plumb, what ${peer} tells`;
}

function tableOf(processes: number, samples: Samples): Table {
  const rows = [...samples.keys()].map((name) => {
    const peak = peakBytes(samples, name) / 1e6;
    const own = medianMs(samples, name);
    return [name, digits(own), digits(medianCpuMs(samples, name)), peak > 0 ? digits(peak) : '-'];
  });
  return {
    title: `Processes: ${processes} of this run and what else is there`,
    head: ['', 'ms', 'CPU ms', 'peak MB'],
    rows,
    note: `Medians of ${ROUNDS} rounds, 2 of the slow ones. plumb and psutil within a process that runs already; ps from its start to its end, most of what the npm packages do as well. plumb includes its look at the sessions.`,
  };
}

function judge(processes: number, samples: Samples): Target[] {
  const faster = (own: string, than: string, what: string) => {
    return atLeast(`processes: ${what} of ${processes}`, 1, ratio(samples, than, own), 'times faster');
  };
  return [
    ...[MANY, FEW].map(({ own, ps }) => faster(own, ps, `${own}, than ps`)),
    ...Object.keys(PEERS).map((peer) => faster(sameAs(peer), peer, `than ${peer}`)),
    atMost(`processes: memory of a first look at ${processes}`, MEMORY_MB, peakBytes(samples, COLD) / 1e6, 'MB'),
  ];
}
