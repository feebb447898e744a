import { SqlError } from '../sql-error.ts';

/** What one client has us keep: rows of cursors and portals, texts of statements. */
export class HeldMemory {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get left(): number {
    return this.#most - this.#held;
  }

  /** @throws {SqlError} `53200` where it is more than this client may have */
  take(bytes: number): void {
    if (bytes > this.left) throw tooMuchHeld(this.#most);
    this.#held += bytes;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }

  /** For an answer that did not fit into what is left. */
  get tooMuch(): SqlError {
    return tooMuchHeld(this.#most);
  }
}

function tooMuchHeld(most: number): SqlError {
  return new SqlError('53200', 'this client has too much kept for it', {
    detail: `Rows of cursors and portals and prepared statements may take ${most} bytes together.`,
    hint: 'Close what is not needed any more, or ask for fewer rows.',
  });
}
