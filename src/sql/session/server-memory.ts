import { SqlError } from '../sql-error.ts';

/** What is smaller is not counted: no ordinary statement is refused for what others ask. */
const SMALL_BYTES = 1 << 20;

/**
 * What all clients of a server together have us keep: rows of cursors and portals, and answers that are on their way.
 * Whoever reads slowly keeps an answer for as long; so many of them would take all of the machine's memory.
 */
export class ServerMemory {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws {SqlError} `53200` where it is more than there is now */
  take(bytes: number): void {
    if (bytes > SMALL_BYTES && this.#held + bytes > this.#most) throw this.#tooMuch();
    this.#held += bytes;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }

  #tooMuch(): SqlError {
    return new SqlError('53200', 'all clients together have too much kept for them', {
      detail: `Large answers that are on their way, and rows of cursors and portals, may take ${this.#most} bytes together.`,
      hint: 'Try again later, or ask for fewer columns or rows.',
    });
  }
}
