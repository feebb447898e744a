// Hot path: the locks of a machine, in process. Compared with lslocks, as a whole command: it names the maker of a lock
// for its holder, and looks at no other process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { AskedChild } from './harness/asked-child.ts';
import { compare, meter, type Sample, type Samples } from './harness/measure.ts';
import { listed, populate } from './harness/population.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { medianMs, peakBytes, ratio } from './harness/stats.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const LSLOCKS = 'lslocks';
const ROWS = 'locks, warm: the rows alone';
const WHOLE = 'locks, warm: with the look at all processes';
const COLD = 'locks: the same, first in a fresh process';
const PROCESSES = 1000;
const LOCKERS = 300;
const FILES_EACH = 5;
const SESSIONS = 100;
const ROUNDS = 9;
/** After so many looks V8 has compiled what it will compile. */
const WARM_UP = 5;

type Read = Sample & { readonly lookMs: number };

/** Measures the relation of locks. */
export async function measureLocks(workshop: Workshop): Promise<{ table: Table; targets: Target[] }> {
  const population = await populate(workshop, PROCESSES - LOCKERS, SESSIONS);
  const lockers = await startLockers(workshop);
  const start = () => new AskedChild([proc.execPath, workshop.relationChild, 'locks', population.homes, COMMAND]);
  const warm = start();
  try {
    for (let looks = 0; looks < WARM_UP; looks++) await warm.ask('all');
    const rows: Sample[] = [];
    const readWarm = async () => {
      const read = await warm.ask<Read>('all');
      rows.push({ ...read, ms: read.ms - read.lookMs });
      return read;
    };
    const contenders = [
      { name: LSLOCKS, run: () => meter(workshop, ['lslocks']) },
      { name: WHOLE, run: readWarm },
      { name: COLD, run: () => askOnce(start()) },
    ];
    const samples = await compare(contenders, ROUNDS);
    return results(new Map([...samples, [ROWS, rows]]));
  } finally {
    await warm.close();
    await lockers.close();
    await population.close();
  }
}

async function askOnce(child: AskedChild): Promise<Sample> {
  try {
    return await child.ask('all');
  } finally {
    await child.close();
  }
}

async function startLockers(workshop: Workshop): Promise<{ close(): Promise<void> }> {
  const directory = path.join(workshop.directory, 'locked');
  fs.mkdirSync(directory, { recursive: true });
  const maker = spawn(workshop.lockers, [String(LOCKERS), String(FILES_EACH), directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(maker, 'exit');
  const failed = ended.then(() => Promise.reject(new Error('the locks could not be made')));
  failed.catch(() => {});
  await Promise.race([once(maker.stdout, 'data'), failed]);
  return {
    async close() {
      maker.stdin.end();
      await ended;
    },
  };
}

function results(samples: Samples): { table: Table; targets: Target[] } {
  const rows = [LSLOCKS, ROWS, WHOLE, COLD].map((name) => {
    const times = name === LSLOCKS ? '' : `${digits(ratio(samples, name, LSLOCKS))} ×`;
    return [name, digits(medianMs(samples, name)), times, digits(peakBytes(samples, name) / 1e6)];
  });
  return {
    table: {
      title: `Locks: ${LOCKERS} locks, a third each of flock, fcntl and open files, ${listed()} processes`,
      head: ['', 'ms', 'of lslocks', 'peak MB'],
      rows,
      note: `Medians of ${ROUNDS} rounds, ratios within each round. The holders are looked for in all processes.`,
    },
    targets: [
      atMost(`${ROWS}: time`, 3, ratio(samples, ROWS, LSLOCKS), '× lslocks'),
      atMost(`${WHOLE}: peak memory`, 150, peakBytes(samples, WHOLE) / 1e6, 'MB'),
    ],
  };
}
