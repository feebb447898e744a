import { setTimeout as sleep } from 'node:timers/promises';
import { loadTryLock } from '../kernel/native/flock.ts';
import type { OpenTerminal } from '../kernel/open-terminal.ts';
import { type Refusal, refuse } from '../model/refusal.ts';

const PAUSE_MS = 10;

/** How long to wait for others. */
export interface Patience {
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the lock of a terminal, so that of several who type there one is done before the next begins. It is flock(2)
 * on the terminal's own node, which the kernel lets go of when its descriptor is closed, however that comes about.
 *
 * @returns null when it is held, until the terminal is closed; or why it could not be had
 */
export async function lockTerminal(terminal: OpenTerminal, { patienceMs, signal }: Patience): Promise<Refusal | null> {
  const tryLock = await loadTryLock();
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const tried = tryLock(terminal.fd);
    if (tried === 'held') return null;
    if (tried !== 'busy') return refuse('unsupported', `the terminal cannot be locked: ${tried.errno}`);
    if (signal?.aborted) return refuse('busy', 'it was called off while somebody else was typing there');
    if (performance.now() > deadline) {
      return refuse('busy', `somebody else has been typing there for ${patienceMs} ms`, { hint: 'ask again' });
    }
    await sleep(PAUSE_MS);
  }
}
