// Hot path: the kernel's iterator, read and decoded, beside /proc, and beside a C program that reads the same file.
import proc from 'node:process';
import { AskedChild } from './harness/asked-child.ts';
import { whatFallsShort } from './harness/limits.ts';
import { type Contender, compare, meter, type Sample, type Samples } from './harness/measure.ts';
import { withPins } from './harness/pins.ts';
import { type Population, populate } from './harness/population.ts';
import { atLeast, atMost, digits, type Table, type Target } from './harness/report.ts';
import { growthExponent, medianCpuMs, medianMs, peakBytes, ratio } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

/** Machines: how many processes there are, and how many of them are sessions. */
const MACHINES: readonly Machine[] = [
  [100, 10],
  [1000, 100],
  [10_000, 100],
  [10_000, 1000],
  [30_000, 1000],
];
type Machine = readonly [processes: number, sessions: number];
/** The one that the project makes demands of. */
const JUDGED = MACHINES[3] as Machine;
const ROUNDS = 15;
const WARM_UP = 6;

const PROCFS = 'observe() by /proc';
const BPF = 'observe() by the iterator';
const MAP = 'names, pids and terminals of all homes';
const READ = 'iterator, read and decoded';
const FLOOR = 'C, reads and decodes the same file';

/** So many bytes are read at once, by us and by the C program. */
const READ_BYTES = String(32 * 1024);

/** Measures looks by the iterator; null where it cannot be pinned. */
export async function measureIterator(workshop: Workshop): Promise<{ tables: Table[]; targets: Target[] } | null> {
  return withPins(workshop, proc.getgid?.() ?? 0, async (pins) => {
    const measured = new Map<Machine, Samples>();
    for (const machine of MACHINES) {
      const short = whatFallsShort(...machine);
      if (short.length > 0) {
        console.log(`\n${machine[0]} processes do not fit here, left out:\n  ${short.join('\n  ')}`);
        continue;
      }
      const population = await populate(workshop, ...machine);
      try {
        measured.set(machine, await measure(workshop, population, pins));
      } finally {
        await population.close();
      }
    }
    return { tables: [...measured].map(([machine, samples]) => tableOf(machine, samples)), targets: judge(measured) };
  });
}

async function measure(workshop: Workshop, { homes }: Population, pins: string): Promise<Samples> {
  const children = new Map<string, AskedChild>();
  const contender = (name: string, deed: string): Contender => {
    // Each in a process of its own: what one leaves behind, another would have to clear away.
    const child = new AskedChild([proc.execPath, workshop.bpfChild, homes, COMMAND, pins]);
    children.set(deed, child);
    return { name, run: () => child.ask(deed) };
  };
  const contenders = [
    contender(READ, 'read'),
    contender(MAP, 'map'),
    contender(BPF, 'bpf'),
    contender(PROCFS, 'procfs'),
  ];
  try {
    for (let asked = 0; asked < WARM_UP; asked++) for (const it of contenders) await it.run();
    return await compare([{ name: FLOOR, run: () => runFloor(workshop, pins) }, ...contenders], ROUNDS, false);
  } finally {
    for (const child of children.values()) await child.close();
  }
}

/** The third pass: what is read first into new memory is no measure. */
async function runFloor(workshop: Workshop, pins: string): Promise<Sample> {
  const { lastLine, peakBytes: peak } = await meter(workshop, [workshop.iterator, `${pins}/sessions`, '3', READ_BYTES]);
  const [, , ms = Number.NaN, rows = Number.NaN] = lastLine.trim().split(/\s+/).map(Number);
  return { ms, peakBytes: peak, found: rows };
}

function tableOf([processes, sessions]: Machine, samples: Samples): Table {
  const rows = [FLOOR, READ, MAP, BPF, PROCFS].map((name) => [
    name,
    digits(medianMs(samples, name)),
    digits(medianCpuMs(samples, name)),
    digits(peakBytes(samples, name) / 1e6),
    `${digits(1 / ratio(samples, name, PROCFS))} ×`,
  ]);
  return {
    title: `The kernel's iterator: ${processes} processes, ${sessions} sessions`,
    head: ['', 'ms', 'CPU ms', 'peak MB', 'faster than /proc'],
    rows,
    note: 'CPU ms of the C program are not told apart from its first passes.',
  };
}

function judge(measured: ReadonlyMap<Machine, Samples>): Target[] {
  const samples = measured.get(JUDGED);
  if (samples === undefined) return [];
  const points = [...measured].map(([[size], it]) => ({ size, ms: medianMs(it, READ) }));
  const of = `of ${JUDGED[0]} processes`;
  return [
    atLeast(`iterator read and decoded, against a look by /proc, ${of}`, 8, ratio(samples, PROCFS, READ), '×'),
    atMost(`iterator read and decoded, against C, ${of}`, 1.5, ratio(samples, READ, FLOOR), '×'),
    atMost(`a session map, ${of}`, 20, medianMs(samples, MAP), 'ms'),
    atMost('growth of the iterator (1 is linear)', 1.15, growthExponent(points), ''),
  ];
}
