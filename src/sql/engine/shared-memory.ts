import type { Piece } from './thread-messages.ts';

/** What is kept for the next request; more is let go of. */
const KEPT = 1 << 20;

/** Lays bytes out in memory that another thread sees: one copy, which leaves nothing behind for the garbage collector. */
export class SharedMemory {
  #buffer = new SharedArrayBuffer(1 << 16);
  #used = 0;

  get buffer(): SharedArrayBuffer {
    return this.#buffer;
  }

  /** Begins anew: what was laid out before is not needed any more. */
  begin(bytes: number): void {
    this.#used = 0;
    if (bytes > this.#buffer.byteLength || (this.#buffer.byteLength > KEPT && bytes <= KEPT)) {
      this.#buffer = new SharedArrayBuffer(Math.max(bytes, 1 << 16));
    }
  }

  /** @throws {RangeError} for more than `begin` was told of */
  put(bytes: Uint8Array): Piece {
    const start = this.#used;
    new Uint8Array(this.#buffer).set(bytes, start);
    this.#used += bytes.length;
    return { start, end: this.#used };
  }
}
