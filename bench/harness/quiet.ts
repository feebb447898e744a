import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_MS = 50;
const PATIENCE_MS = 5000;
/** What a machine does that does nothing else: some background ticks. */
const MAX_BUSY = 0.2;
const MAX_FORKS = 5;

/**
 * Waits until nobody else works on this machine, so that a run is not measured against somebody's compiler. A scan in
 * particular looks again for every process that is born meanwhile, and would be given other work.
 * @returns false where the machine did not become quiet in five seconds
 */
export async function quietMoment(): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  let before = readWork();
  while (Date.now() < deadline) {
    await sleep(SAMPLE_MS);
    const now = readWork();
    const ticks = now.busy + now.idle - before.busy - before.idle;
    const busy = ticks > 0 ? (now.busy - before.busy) / ticks : 0;
    if (busy <= MAX_BUSY && now.forks - before.forks <= MAX_FORKS) return true;
    before = now;
  }
  return false;
}

function readWork(): { readonly busy: number; readonly idle: number; readonly forks: number } {
  const text = fs.readFileSync('/proc/stat', 'utf8');
  const ticks = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, interrupts = 0, soft = 0, stolen = 0] = ticks;
  const forks = Number(/^processes (\d+)$/m.exec(text)?.[1] ?? 0);
  return { busy: user + nice + system + interrupts + soft + stolen, idle: idle + wait, forks };
}
