// Checks that the floor is one: counts the system calls of a scan and of the C program on one population.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { promisify } from 'node:util';
import type { Population } from './harness/population.ts';
import type { Table } from './harness/report.ts';
import { COMMAND, type Workshop } from './harness/workshop.ts';

const run = promisify(execFile);

/** The calls that ask the kernel for something; the others are the run-time's own (memory, threads, event loop). */
const ASKING = ['openat', 'read', 'close', 'readlink', 'statx', 'getdents64', 'newfstatat', 'kill'];

type Counts = ReadonlyMap<string, number>;

/**
 * Counts with `strace -c`. What one more scan makes is what a scan costs, so each program runs once with one and
 * once with three passes, and the difference is halved: starting up and shutting down cancel out.
 */
export async function compareCalls(workshop: Workshop, population: Population): Promise<Table> {
  const floor = (passes: number) => [workshop.floor, population.homes, COMMAND, String(passes)];
  const ours = await perPass(workshop, (passes) => scanCommand(workshop, population, passes));
  const theirs = await perPass(workshop, floor);
  const rows = ASKING.map((call) => {
    const [a, b] = [ours.get(call) ?? 0, theirs.get(call) ?? 0];
    return [call, a.toFixed(0), b.toFixed(0), (a - b).toFixed(0)];
  });
  return {
    title: `System calls of one look: ${population.processes} processes, ${population.sessions} sessions`,
    head: ['call', 'observe()', 'C', 'difference'],
    rows,
    note: 'What differs is the preamble (boot id, namespaces, mounts, shells), and other processes that came or went.',
  };
}

function scanCommand(workshop: Workshop, { homes }: Population, passes: number): string[] {
  const lines = path.join(workshop.directory, `lines-${passes}`);
  fs.writeFileSync(lines, '\n'.repeat(passes));
  const line = `'${proc.execPath}' '${workshop.scanChild}' '${homes}' '${COMMAND}' < '${lines}'`;
  return ['sh', '-c', `exec ${line}`];
}

async function perPass(workshop: Workshop, command: (passes: number) => string[]): Promise<Counts> {
  const one = await countCalls(workshop, command(1));
  const three = await countCalls(workshop, command(3));
  return new Map([...three].map(([call, count]) => [call, (count - (one.get(call) ?? 0)) / 2]));
}

async function countCalls(workshop: Workshop, command: readonly string[]): Promise<Counts> {
  const summary = path.join(workshop.directory, 'strace');
  await run('strace', ['-f', '-c', '-o', summary, ...command]);
  const counts = new Map<string, number>();
  for (const line of fs.readFileSync(summary, 'utf8').split('\n')) {
    const fields = line.trim().split(/\s+/);
    const [, , , calls] = fields;
    if (/^\d+$/.test(calls ?? '')) counts.set(fields.at(-1) ?? '', Number(calls));
  }
  return counts;
}
