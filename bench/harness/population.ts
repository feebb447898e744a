import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workshop } from './workshop.ts';

/** Processes that run now, some of them sessions on terminals. */
export interface Population {
  readonly processes: number;
  readonly sessions: number;
  /** Each session's home is a directory in here. */
  readonly homes: string;
  close(): Promise<void>;
}

/**
 * Starts a population and waits until all of its programs run. The kernel ends it when we die, however we die.
 * @param socketsEach TCP sockets of each process; with some the processes are spread over the sessions' trees
 */
export async function populate(
  workshop: Workshop,
  processes: number,
  sessions: number,
  socketsEach = 0,
): Promise<Population> {
  const homes = path.join(workshop.directory, 'agents');
  fs.mkdirSync(homes, { recursive: true });
  const counts = [String(processes), String(sessions)];
  const programs = [workshop.idle, workshop.session, String(socketsEach)];
  const maker = spawn(workshop.population, [...counts, homes, ...programs], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(maker, 'exit');
  await Promise.race([ready(maker), ended.then(() => Promise.reject(new Error('the population could not be made')))]);
  return {
    processes,
    sessions,
    homes,
    async close() {
      maker.stdin?.end();
      await ended;
      await settle(listed() - processes);
      fs.rmSync(homes, { recursive: true, force: true });
    },
  };
}

/** How many processes the machine runs. */
export function listed(): number {
  return fs.readdirSync('/proc').filter((name) => /^\d/.test(name)).length;
}

async function ready(maker: ChildProcess): Promise<void> {
  for await (const chunk of maker.stdout ?? []) {
    if (String(chunk).includes('ready')) return;
  }
}

/** Waits until those that were killed have been reaped, or the next population would be measured among zombies. */
async function settle(expected: number): Promise<void> {
  for (let tries = 0; tries < 100 && listed() > expected + 20; tries++) await sleep(50);
}
