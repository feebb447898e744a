import type { Clock } from './clock.ts';

/** Waits until a time that may be moved while it waits. */
export class Alarm {
  readonly #clock: Clock;
  #look: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time was moved, or it is over: looks at it again. */
  ring(): void {
    this.#look();
  }

  /** Comes back when it is due, or at once when the signal is given. */
  async until(dueMs: () => number, signal: AbortSignal): Promise<void> {
    const ring = () => this.#look();
    signal.addEventListener('abort', ring);
    await new Promise<void>((resolve) => {
      let callOff = () => {};
      this.#look = () => {
        callOff();
        const waitMs = dueMs() - this.#clock.nowMs();
        if (signal.aborted || waitMs <= 0) resolve();
        else callOff = this.#clock.after(waitMs, ring);
      };
      ring();
    });
    this.#look = () => {};
    signal.removeEventListener('abort', ring);
  }
}
