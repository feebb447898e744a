// Hot path: from kill -9 until a wait for the session's end has returned, with its cause.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { waitForExit } from '../src/act/wait-exit.ts';
import { liveMachine } from '../src/kernel/machine.ts';
import { readStat } from '../src/kernel/process-stat.ts';
import type { Session } from '../src/model/session.ts';
import { atMost, digits, type Table, type Target } from './harness/report.ts';
import { median, percentile } from './harness/stats.ts';

const RUNS = 300;
/** The first ones load libraries and compile. */
const WARM_UP = 20;
const LIMIT_MS = 5;

/** What a wait is compared with, by how it is told of the end. */
const WAYS = {
  "Node's own child, 'exit' event": nodeExit,
  'plumb waitForExit()': plumbExit,
} as const;

/** Measures how late the end of a process is told of. */
export async function measureWait(): Promise<{ table: Table; targets: Target[] }> {
  const times = new Map<string, number[]>(Object.keys(WAYS).map((name) => [name, []]));
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    for (const [name, way] of Object.entries(WAYS)) {
      const ms = await way();
      if (run >= WARM_UP) times.get(name)?.push(ms);
    }
  }
  const p99 = (name: string) => percentile(times.get(name) ?? [], 0.99);
  return {
    table: {
      title: 'From kill -9 to the return of a wait, ms',
      head: ['', 'p50', 'p99', 'max'],
      rows: [...times].map(([name, all]) => [name, ...[median(all), p99(name), Math.max(...all)].map(digits)]),
      note: `${RUNS} runs each, in turns, after ${WARM_UP}. The kernel's own work to end a process is in all of them.`,
    },
    targets: [atMost('wait --for exit, p99', LIMIT_MS, p99('plumb waitForExit()'), 'ms')],
  };
}

async function plumbExit(): Promise<number> {
  const { pid } = await startSleeper();
  const stat = readStat(liveMachine().procfs, pid);
  if (stat.kind !== 'value') throw new Error('the sleeper has ended by itself');
  const session = { pid, startTimeTicks: stat.value.startTimeTicks } as Session;
  const waited = waitForExit(session);
  await asleep();
  const begun = performance.now();
  process.kill(pid, 'SIGKILL');
  const exited = await waited;
  const ms = performance.now() - begun;
  if (exited.outcome !== 'exited' || exited.cause.kind !== 'signal') throw new Error(`the wait said ${exited.outcome}`);
  return ms;
}

async function nodeExit(): Promise<number> {
  const child = await startSleeper();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const begun = performance.now();
  process.kill(child.pid, 'SIGKILL');
  await ended;
  return performance.now() - begun;
}

async function startSleeper() {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('spawn', resolve));
  return Object.assign(child, { pid: child.pid ?? 0 });
}

/** Until a thread of ours sleeps in poll(2): the wait is under way. */
async function asleep(): Promise<void> {
  const isAsleep = (tid: string) => {
    return fs.readFileSync(`/proc/self/task/${tid}/wchan`, 'latin1').includes('poll_schedule');
  };
  const others = () => fs.readdirSync('/proc/self/task').filter((tid) => tid !== String(process.pid));
  while (!others().some(isAsleep)) await new Promise((resolve) => setTimeout(resolve, 1));
}
