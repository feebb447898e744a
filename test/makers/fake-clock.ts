import type { Clock } from '../../src/watch/clock.ts';
import { waitFor } from './wait-for.ts';

/** A clock that stands until it is told to go on. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How long until the first timer; null where there is none. */
  get nextInMs(): number | null {
    const times = [...this.#timers].map(({ atMs }) => atMs);
    return times.length === 0 ? null : Math.min(...times) - this.#nowMs;
  }

  /** Goes on to the first timer that somebody sets, and lets it run. */
  async next(): Promise<void> {
    await waitFor('somebody to wait', () => this.#timers.size > 0);
    this.pass(this.nextInMs ?? 0);
  }

  /** Lets time pass, with all that comes due meanwhile. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [timer] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
      if (!timer || timer.atMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      this.#timers.delete(timer);
      timer.run();
    }
    this.#nowMs = endMs;
  }
}
