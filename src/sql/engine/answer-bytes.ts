/** A buffer of up to this size is kept for the next answer; a larger one is given away with its answer. */
const KEPT = 1 << 20;
const FIRST = 1 << 16;

const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const READY_FOR_QUERY_LENGTH = 6;

/** Collects an answer that comes in small pieces, up to a limit. */
export class AnswerBytes {
  #buffer = Buffer.allocUnsafeSlow(FIRST);
  #length = 0;
  #limit = 0;
  #isTooLong = false;

  begin(limit: number): void {
    this.#length = 0;
    this.#limit = limit;
    this.#isTooLong = false;
  }

  /** Whether more has come than was allowed. */
  get isTooLong(): boolean {
    return this.#isTooLong;
  }

  /** @returns false where it is too much: it is not kept */
  add(piece: Uint8Array): boolean {
    const length = this.#length + piece.length;
    // The end of an answer counts to what says how it went, and is not the answer's.
    if (this.#isTooLong || length > this.#limit + READY_FOR_QUERY_LENGTH) {
      this.#isTooLong = true;
      return false;
    }
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(piece, this.#length);
    this.#length = length;
    return true;
  }

  /** Takes ReadyForQuery from the end. @returns whether it was there: an answer has come to its end */
  takeReady(): boolean {
    const at = this.#length - READY_FOR_QUERY_LENGTH;
    if (at < 0 || this.#buffer[at] !== READY_FOR_QUERY) return false;
    this.#length = at;
    return true;
  }

  /** What has come, in a buffer of its own. */
  take(): Uint8Array<ArrayBuffer> {
    const answer = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    if (this.#buffer.length <= KEPT) return new Uint8Array(answer);
    this.#buffer = Buffer.allocUnsafeSlow(FIRST);
    return new Uint8Array(answer.buffer, answer.byteOffset, answer.length);
  }

  /** Lets go of what has come. */
  drop(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT) this.#buffer = Buffer.allocUnsafeSlow(FIRST);
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
