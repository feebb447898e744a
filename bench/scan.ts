// Hot path: one look, in process. Compared with a C program that makes the same system calls.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import proc from 'node:process';
import readline from 'node:readline';
import { type Contender, meter, type Sample } from './harness/measure.ts';
import type { Population } from './harness/population.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

export const SCAN_WARM = 'observe(), warm';
export const SCAN_COLD = 'observe(), first in a fresh process';
export const FLOOR_WARM = 'C, same system calls, warm';
export const FLOOR_COLD = 'C, same system calls, first pass';

/** How many scans come before those that count: after these V8 has compiled what it will compile. */
const WARM_UP = 5;

/** A process that is kept, and has scanned often enough to be warm. */
export interface WarmScanner {
  readonly contenders: readonly Contender[];
  close(): Promise<void>;
}

/** Starts the contenders of this path on a population. */
export async function scanContenders(workshop: Workshop, population: Population): Promise<WarmScanner> {
  const warm = new ScanChild(workshop, population);
  for (let scans = 0; scans < WARM_UP; scans++) await warm.scan();
  const contenders = [
    { name: FLOOR_WARM, run: () => runFloor(workshop, population, 'warm') },
    { name: SCAN_WARM, run: () => warm.scan() },
    { name: FLOOR_COLD, run: () => runFloor(workshop, population, 'cold') },
    { name: SCAN_COLD, run: () => scanOnce(workshop, population) },
  ];
  return { contenders, close: () => warm.close() };
}

async function scanOnce(workshop: Workshop, population: Population): Promise<Sample> {
  const child = new ScanChild(workshop, population);
  try {
    return await child.scan();
  } finally {
    await child.close();
  }
}

/** A fresh process each time: cold is its first pass, warm its third. */
async function runFloor(workshop: Workshop, { homes }: Population, want: 'cold' | 'warm'): Promise<Sample> {
  const passes = want === 'cold' ? '1' : '3';
  const { peakBytes, lastLine } = await meter(workshop, [workshop.floor, homes, COMMAND, passes]);
  const fields = lastLine.trim().split(' ').map(Number);
  const [found = 0, , ms = Number.NaN] = fields.reverse();
  return { ms, peakBytes, found };
}

class ScanChild {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(workshop: Workshop, { homes }: Population) {
    const child = spawn(proc.execPath, [workshop.scanChild, homes, COMMAND], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#answers = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async scan(): Promise<Sample> {
    this.#child.stdin?.write('\n');
    const answer = await this.#answers.next();
    if (answer.done) throw new Error('the scanning child ended without an answer');
    return JSON.parse(answer.value) as Sample;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }
}
