import { clockMs } from '../../test/storm/clock.ts';
import type { Milliseconds } from '../model.ts';

const TICK_MS = 10;

/**
 * When the event loop has last looked for news: what it tells us now has happened since then. A loop that was busy tells
 * late, and must not take the time at which it tells for that at which it was so.
 */
export class PollClock {
  #last: Milliseconds = clockMs();
  #before: Milliseconds = clockMs();
  readonly #timer = setInterval(() => {
    this.#before = this.#last;
    this.#last = clockMs();
  }, TICK_MS);

  /** The news of this moment were not there then. */
  before(): Milliseconds {
    return this.#before;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
