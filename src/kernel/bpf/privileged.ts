import { PlumblineError } from '../../model/errors.ts';
import { type Refusal, refuse } from '../../model/refusal.ts';
import { isHeld, lockFile } from '../native/flock.ts';

/** Root's alone to open, so that nobody else can hold it. It stays, empty but for who had it last. */
const LOCK = '/run/plumbline-bpf.lock';

/**
 * Does something to pins, if we are root, while nobody else does.
 *
 * Source: flock(2)
 * Needs:  root
 * @param label what is done, for those who wait: `plumb bpf install`
 */
export async function privileged<T>(label: string, patienceMs: number, act: () => Promise<T>): Promise<T | Refusal> {
  const { geteuid } = globalThis.process;
  if (geteuid?.() !== 0) return refuse('denied', `${label} takes root`, { hint: `sudo ${label}` });
  const lock = await lockFile(LOCK, label, patienceMs).catch((error: unknown) => {
    if (!(error instanceof PlumblineError) || error.code !== 'registry') throw error;
    return refuse('unsupported', error.message, { hint: '/run has to be there, and be written to' });
  });
  if ('outcome' in lock) return lock;
  if (!isHeld(lock)) {
    const who = lock.pid === null ? 'somebody else' : `${lock.label ?? 'a process'} (pid ${lock.pid})`;
    return refuse('busy', `${who} is at it, for ${patienceMs / 1000} s already`, {
      hint: 'try again when it has ended',
    });
  }
  try {
    return await act();
  } finally {
    lock.release();
  }
}
