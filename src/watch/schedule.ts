import { PlumblineError } from '../model/errors.ts';

/** What an interval may be: a timer that is to fire later than in 24 days fires at once. */
export const INTERVAL_LIMITS = { leastMs: 1, mostMs: 86_400_000 };
/** From one start to the next at least so many times as long as the last look took: a watch costs at most 5 %. */
const LOOKS_APART = 20;
/** After a wake-up: the terminal is there a moment before its program is. */
const FIRST_PAUSE_MS = 20;

/**
 * When to look next; pure, and told the time. At least every interval; sooner after a wake-up, and then again with
 * pauses that double until they are the interval: a program starts after its terminal, and an agent after its shell.
 * However often it is woken, looks stay as far apart as their cost demands, and any number of wake-ups is one.
 */
export class Schedule {
  readonly #intervalMs: number;
  #pauseMs: number;
  /** No look before this, whoever asks for it. */
  #earliestMs: number;
  #dueMs: number;

  /** The first look is due at once. @throws {PlumblineError} `usage` for an interval that is none */
  constructor(intervalMs: number, nowMs: number) {
    const { leastMs, mostMs } = INTERVAL_LIMITS;
    if (!(intervalMs >= leastMs && intervalMs <= mostMs)) {
      throw new PlumblineError(
        'usage',
        `intervalMs: expected a number from ${leastMs} to ${mostMs}, got ${intervalMs}`,
        {
          hint: 'milliseconds: 1000 is a look a second',
        },
      );
    }
    this.#intervalMs = intervalMs;
    this.#pauseMs = intervalMs;
    this.#earliestMs = nowMs;
    this.#dueMs = nowMs;
  }

  /** When the next one is due. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** A pass has ended, with a look that took so long. What has woken us meanwhile has made the pause short. */
  ended(startedMs: number, lookMs: number): void {
    this.#earliestMs = startedMs + lookMs * LOOKS_APART;
    this.#dueMs = Math.max(startedMs + this.#pauseMs, this.#earliestMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#intervalMs);
  }

  /**
   * A pass has failed: nothing before this pause is over, which nobody shortens. It may have looked before it failed;
   * one that has not even come to the registry has cost nothing, and is tried again soon.
   */
  failed(nowMs: number, pauseMs: number, costMs: number): void {
    this.#earliestMs = nowMs + Math.max(pauseMs, costMs * LOOKS_APART);
    this.#dueMs = this.#earliestMs;
  }

  /** Something has changed. */
  wake(nowMs: number): void {
    this.#pauseMs = Math.min(FIRST_PAUSE_MS, this.#intervalMs);
    this.lookBy(nowMs + this.#pauseMs);
  }

  /** Asks for a look at that time at the latest. */
  lookBy(timeMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, Math.max(timeMs, this.#earliestMs));
  }
}
