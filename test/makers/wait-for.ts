import fs from 'node:fs';

const PATIENCE_MS = 25_000;
const PAUSE_MS = 10;

/**
 * Waits until something is there, and returns it: a condition, never a time.
 * @param what for the error: `the agent in the foreground`
 * @throws {Error} when it did not come
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${patienceMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Waits for what somebody writes into a file: it is there before its text is. */
export function waitForText(file: string): Promise<string> {
  return waitFor(file, () => (fs.existsSync(file) && fs.readFileSync(file, 'utf8').trim()) || null);
}
