import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';

const NEXT = '/proc/sys/kernel/ns_last_pid';
const TRIES = 2000;

/**
 * Starts a process that gets a certain number, which nobody has: the kernel is told where to go on counting. Others start
 * processes too, so it may take some tries. Those that got another number are ended at once.
 * @returns how many tries it took
 */
export async function takeNumber(pid: number, start: () => ChildProcess): Promise<number> {
  for (let tries = 1; tries <= TRIES; tries++) {
    fs.writeFileSync(NEXT, String(pid - 1));
    const child = start();
    if (child.pid === pid) return tries;
    child.kill('SIGKILL');
    // Whoever has got it in between may have it for a moment only.
    await new Promise((resolve) => setTimeout(resolve, fs.existsSync(`/proc/${pid}`) ? 20 : 0));
  }
  throw new Error(`${TRIES} processes were started, and none has got the number ${pid}`);
}
