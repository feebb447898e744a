const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next try: twice as long each time, up to half a minute, and each time something between
 * half of that and all of it, so that a fleet does not come back in step.
 */
export class Backoff {
  readonly #random: () => number;
  #nextMs = FIRST_MS;

  constructor(random: () => number) {
    this.#random = random;
  }

  next(): number {
    const wholeMs = this.#nextMs;
    this.#nextMs = Math.min(wholeMs * 2, LONGEST_MS);
    return wholeMs / 2 + (wholeMs / 2) * this.#random();
  }

  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
