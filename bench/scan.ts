// Hot path: one look, in process. Compared with a C program that makes the same system calls.
import proc from 'node:process';
import { AskedChild } from './harness/asked-child.ts';
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
  const warm = scanner(workshop, population);
  for (let scans = 0; scans < WARM_UP; scans++) await warm.ask();
  const contenders = [
    { name: FLOOR_WARM, run: () => runFloor(workshop, population, 'warm') },
    { name: SCAN_WARM, run: () => warm.ask() },
    { name: FLOOR_COLD, run: () => runFloor(workshop, population, 'cold') },
    { name: SCAN_COLD, run: () => scanOnce(workshop, population) },
  ];
  return { contenders, close: () => warm.close() };
}

async function scanOnce(workshop: Workshop, population: Population): Promise<Sample> {
  const child = scanner(workshop, population);
  try {
    return await child.ask();
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

function scanner(workshop: Workshop, { homes }: Population): AskedChild {
  return new AskedChild([proc.execPath, workshop.scanChild, homes, COMMAND]);
}
