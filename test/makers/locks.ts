import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { compile } from './c-program.ts';
import { waitFor } from './wait-for.ts';

/** A process that makes locks, step by step (test/makers/c/locks.c), until the test has finished. */
export async function makeLocks(
  directory: string,
  steps: readonly string[],
  through: readonly string[] = [],
): Promise<number> {
  const [file = '', ...argv] = [...through, compile('locks'), ...steps];
  const child = spawn(file, argv, { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    const pid = /^(\d+) ready$/.exec(line)?.[1];
    if (pid !== undefined) return Number(pid);
  }
  throw new Error(`no locks were made: ${steps.join(' ')}`);
}

/** Waits until the table of locks says that somebody waits for a lock of a file. */
export async function untilWaiting(path: string, many = 1): Promise<void> {
  const { ino } = fs.statSync(path, { bigint: true });
  const isWaiter = (line: string) => line.includes('->') && line.includes(`:${ino} `);
  await waitFor(`${many} to wait for ${path}`, () => {
    return fs.readFileSync('/proc/locks', 'latin1').split('\n').filter(isWaiter).length === many;
  });
}
