import { SqlError } from '../sql-error.ts';
import type { ServerMemory } from './server-memory.ts';

/** What one client has us keep: rows of cursors and portals, texts of statements. */
export class HeldMemory {
  readonly #most: number;
  readonly #server: ServerMemory;
  #held = 0;
  #isEnded = false;

  constructor(most: number, server: ServerMemory) {
    this.#most = most;
    this.#server = server;
  }

  get left(): number {
    return this.#most - this.#held;
  }

  /** @throws {SqlError} `53200` where it is more than this client, or all of them together, may have */
  take(bytes: number): void {
    if (bytes > this.left) throw tooMuchHeld(this.#most);
    if (!this.#isEnded) this.#server.take(bytes);
    this.#held += bytes;
  }

  giveBack(bytes: number): void {
    if (!this.#isEnded) this.#server.giveBack(bytes);
    this.#held -= bytes;
  }

  /** The client is gone, and with it what it has; what still runs for it counts no more. */
  end(): void {
    if (!this.#isEnded) this.#server.giveBack(this.#held);
    this.#isEnded = true;
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
