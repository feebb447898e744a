import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const PAUSE_MS = 10;

/** Milliseconds of the clock that all processes of this machine share. */
export function nowMs() {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** Waits until something is so: a condition, never a time. @throws {Error} when it did not come */
export async function until(what, probe, patienceMs = PATIENCE_MS) {
  const end = nowMs() + patienceMs;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
    } catch (error) {
      if (nowMs() > end) throw error;
    }
    if (nowMs() > end) throw new Error(`waited ${patienceMs / 1000} s in vain for ${what}`);
    await sleep(PAUSE_MS);
  }
}
