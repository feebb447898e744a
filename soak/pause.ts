import { clockMs } from '../test/storm/clock.ts';

/** Waits that end when the soak does. */
export class Pause {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get isOver(): boolean {
    return this.#signal.aborted;
  }

  forMs(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#signal.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        this.#signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.max(0, ms));
      this.#signal.addEventListener('abort', wake);
    });
  }

  untilMs(timeMs: number): Promise<void> {
    return this.forMs(timeMs - clockMs());
  }

  /** A wait that is part of something that has begun. */
  always(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}
