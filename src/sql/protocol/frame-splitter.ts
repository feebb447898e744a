import { SqlError } from '../sql-error.ts';

/** One message of a client, not yet understood. */
export interface RawMessage {
  readonly type: string;
  readonly body: Uint8Array;
}

/** What is larger costs little beside what it holds. */
const SMALL_BYTES = 64 * 1024;

/**
 * Makes messages of what comes in pieces, wherever it was cut. A message that is longer than allowed is known by its first
 * five bytes, and nothing of it is kept.
 */
export class FrameSplitter {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  /** Bytes that no message has been made of yet. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** How many pieces those are kept in. */
  get pieces(): number {
    return this.#chunks.length;
  }

  /** The first byte of those; null where there are none. */
  get firstByte(): number | null {
    return this.#chunks[0]?.[0] ?? null;
  }

  /** Takes all of those out, as they came. */
  takeAll(): Uint8Array {
    return this.#take(this.#bytes) ?? new Uint8Array();
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#merge();
  }

  /**
   * The next message; null where it is not whole yet.
   * @param longest bytes of its body that are allowed, by its letter
   * @throws {SqlError} `08P01`, fatal: a length that is none, or too long a message. What follows cannot be understood
   */
  next(longest: (type: string) => number): RawMessage | null {
    const header = this.#peek(5);
    if (header === null) return null;
    const type = String.fromCharCode(header[0] as number);
    const length = uint32(header, 1) - 4;
    const most = longest(type);
    if (length < 0 || length > most) throw badLength(`invalid message length: ${length + 4}`, most);
    const body = this.#take(5 + length);
    return body === null ? null : { type, body: body.subarray(5) };
  }

  /**
   * The first message of a connection, which has no letter: what stands behind its length.
   * @throws {SqlError} `08P01`, fatal: a length that is none, or too long a message
   */
  nextStartup(longest: number): Uint8Array | null {
    const header = this.#peek(4);
    if (header === null) return null;
    const length = uint32(header, 0) - 4;
    if (length < 4 || length > longest) throw badLength('invalid length of startup packet', longest);
    return this.#take(4 + length)?.subarray(4) ?? null;
  }

  /** A long message can come byte by byte: then there is never more than one small chunk of each size. */
  #merge(): void {
    for (;;) {
      const [before, last] = this.#chunks.slice(-2);
      if (before === undefined || last === undefined) return;
      if (before.length > last.length || before.length > SMALL_BYTES) return;
      this.#chunks.splice(-2, 2, Buffer.concat([before, last]));
    }
  }

  #peek(count: number): Uint8Array | null {
    if (this.#bytes < count) return null;
    const [first] = this.#chunks;
    // Only the few bytes of a header are put together, however many chunks wait for the rest of their message.
    if (first !== undefined && first.length >= count) return first;
    const header = Buffer.alloc(count);
    let filled = 0;
    for (const chunk of this.#chunks) {
      header.set(chunk.subarray(0, count - filled), filled);
      filled = Math.min(count, filled + chunk.length);
      if (filled === count) break;
    }
    return header;
  }

  #take(count: number): Uint8Array | null {
    if (this.#bytes < count) return null;
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks);
    this.#bytes -= count;
    this.#chunks = this.#bytes === 0 ? [] : [all.subarray(count)];
    return all.subarray(0, count);
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}

function badLength(message: string, longest: number): SqlError {
  return new SqlError('08P01', message, { isFatal: true, detail: `At most ${longest} bytes are taken here.` });
}
