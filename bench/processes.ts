// Hot path: every process with all that the relation tells, beside ps with the same columns and what others use.
import proc from 'node:process';
import { AskedChild } from './harness/asked-child.ts';
import { whatFallsShort } from './harness/limits.ts';
import { type Contender, compare, meter, type Sample, type Samples } from './harness/measure.ts';
import { type Population, populate } from './harness/population.ts';
import { openPeers, PS_LIST, PSUTIL, SYSTEMINFORMATION } from './harness/process-peers.ts';
import { atLeast, atMost, digits, type Table, type Target } from './harness/report.ts';
import { medianMs, peakBytes, ratio } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const SIZES = [1000, 10_000];
const ROUNDS = 7;
const WARM_UP = 3;
const MEMORY_MB = 150;

const ALL = 'plumb, all columns';
const SHOWN = 'plumb, the columns of its table';
const PS_ALL = 'ps -eo of all columns that it has';
const PS_SHOWN = 'ps -eo of the columns of the table';
const PS_START = 'ps of one process: its start';

const OF_TABLE = 'pid,ppid,tty,state,lstart,times,rss,comm';
const OF_ALL =
  'pid,ppid,sid,pgid,tty,tpgid,state,comm,args,exe,uid,lstart,times,rss,nlwp,cgroup,' +
  'mntns,netns,pidns,userns,utsns,ipcns,cgroupns,timens';

/** Measures the relation of processes on populations that fit here. */
export async function measureProcesses(workshop: Workshop): Promise<{ tables: Table[]; targets: Target[] }> {
  const tables: Table[] = [];
  const targets: Target[] = [];
  for (const processes of SIZES) {
    const sessions = processes / 10;
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
  const child = new AskedChild([proc.execPath, workshop.processesChild, homes, COMMAND]);
  const peers = await openPeers();
  try {
    for (let reads = 0; reads < WARM_UP; reads++) for (const which of ['all', 'shown']) await child.ask(which);
    const ps =
      (...argv: string[]) =>
      async (): Promise<Sample> =>
        meter(workshop, ['/bin/ps', ...argv]);
    const contenders: Contender[] = [
      { name: ALL, run: () => child.ask('all') },
      { name: PS_ALL, run: ps('-ewwo', OF_ALL) },
      { name: SHOWN, run: () => child.ask('shown') },
      { name: PS_SHOWN, run: ps('-ewwo', OF_TABLE) },
      { name: PS_START, run: ps('-o', 'pid', '-p', String(proc.pid)) },
      ...peers.contenders,
    ];
    return await compare(contenders, ROUNDS);
  } finally {
    await Promise.all([child.close(), peers.close()]);
  }
}

function tableOf(processes: number, samples: Samples): Table {
  const rows = [...samples.keys()].map((name) => {
    const peak = peakBytes(samples, name) / 1e6;
    return [
      name,
      digits(medianMs(samples, name)),
      digits(medianMs(samples, name) / medianMs(samples, ALL)),
      peak > 0 ? digits(peak) : '-',
    ];
  });
  return {
    title: `Processes: ${processes} of this run and what else is there`,
    head: ['', 'ms', '× plumb, all', 'peak MB'],
    rows,
    note: `Medians of ${ROUNDS} rounds, 3 of the slow ones. plumb and psutil within a process that runs already; ps from its start to its end, most of what the npm packages do as well. plumb includes its look at the sessions.`,
  };
}

function judge(processes: number, samples: Samples): Target[] {
  const faster = (than: string, own: string) => {
    return atLeast(`processes: ${own} of ${processes}, than ${than}`, 1, ratio(samples, than, own), 'times faster');
  };
  return [
    faster(PS_ALL, ALL),
    faster(PS_SHOWN, SHOWN),
    ...[PSUTIL, SYSTEMINFORMATION, PS_LIST].map((peer) => faster(peer, ALL)),
    atMost(`processes: memory at ${processes}`, MEMORY_MB, peakBytes(samples, ALL) / 1e6, 'MB'),
  ];
}
