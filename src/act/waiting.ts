import { PlumblineError } from '../model/errors.ts';
import type { HeldSession, HoldOptions } from './hold.ts';
import { onEnd } from './session-end.ts';

/** How long to wait. */
export interface WaitTime {
  /** Null or left out: for as long as it takes. */
  readonly timeoutMs?: number | null;
  /** Calls the wait off: it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a wait for something else than the end needs to know. */
export interface WaitOptions extends HoldOptions, WaitTime {}

/** The session has ended while somebody waited for something else. */
export interface Exited {
  readonly outcome: 'exited';
  readonly waitedMs: number;
}

/** What was waited for has not come in time. */
export interface TimedOut {
  readonly outcome: 'timeout';
  readonly waitedMs: number;
}

/** What ends any wait, whatever it is for; `failed`: the end of the session cannot be waited for. */
type Interruption = 'exited' | 'timeout' | 'aborted' | 'failed';

/** The longest delay that a timer can have: a longer one would go off at once. */
const MOST_MS = 2 ** 31 - 1;

/** @throws {PlumblineError} `usage` for a time that is none */
export function checkWaitTime({ timeoutMs = null }: WaitTime): void {
  if (timeoutMs === null || (timeoutMs >= 0 && timeoutMs <= MOST_MS)) return;
  throw new PlumblineError('usage', `timeoutMs: ${timeoutMs} is no time to wait`, {
    hint: `0 to ${MOST_MS} ms; null for ever`,
  });
}

/** A wait on a held session: it ends with the session, with its time, or with its signal. Close it. */
export class Wait {
  readonly #startedMs = performance.now();
  readonly #signal: AbortSignal | undefined;
  readonly #over = new AbortController();
  readonly #callOff: (() => void)[] = [];
  #interruption: Interruption | null = null;
  #failure: unknown = null;

  /** @throws {PlumblineError} `usage` for a time that is none */
  constructor(held: HeldSession, time: WaitTime) {
    checkWaitTime(time);
    const { timeoutMs = null, signal } = time;
    this.#signal = signal;
    const failed = (error: unknown) => {
      this.#failure = error;
      this.#end('failed');
    };
    this.#callOff.push(onEnd(held, () => this.#end('exited'), failed));
    if (timeoutMs !== null) {
      const timer = setTimeout(() => this.#end('timeout'), timeoutMs);
      this.#callOff.push(() => clearTimeout(timer));
    }
    const abort = () => this.#end('aborted');
    signal?.addEventListener('abort', abort);
    this.#callOff.push(() => signal?.removeEventListener('abort', abort));
    if (signal?.aborted) abort();
  }

  get waitedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /**
   * Waits until it is woken, until so much time has passed, or until the wait is over, whichever comes first.
   * @param ms null: as long as it takes
   * @param arm gets what wakes it
   */
  pause(ms: number | null, arm: (wake: () => void) => void = () => {}): Promise<void> {
    const { signal } = this.#over;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = ms === null ? undefined : setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
      arm(wake);
    });
  }

  /**
   * Whether the wait is over without what it was for.
   * @throws the signal's reason, where that ended it; {PlumblineError} `blind` where its end cannot be waited for
   */
  over(): Exited | TimedOut | null {
    if (this.#interruption === null) return null;
    if (this.#interruption === 'aborted') throw this.#signal?.reason;
    if (this.#interruption === 'failed') throw this.#failure;
    return { outcome: this.#interruption, waitedMs: this.waitedMs };
  }

  close(): void {
    for (const call of this.#callOff.splice(0)) call();
  }

  #end(why: Interruption): void {
    this.#interruption ??= why;
    this.#over.abort();
  }
}
