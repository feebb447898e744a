import { SqlError } from '../sql-error.ts';

/** A message on the wire: its type, its length, and what it says. */
export function frame(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(length), ...parts], 1 + length);
}

/** Two bytes, from 0 to 65535 or as a signed number. */
export function int16(number: number): Uint8Array {
  return Uint8Array.of((number >> 8) & 0xff, number & 0xff);
}

/** Four bytes. */
export function int32(number: number): Uint8Array {
  return Uint8Array.of((number >> 24) & 0xff, (number >> 16) & 0xff, (number >> 8) & 0xff, number & 0xff);
}

/**
 * Text with the zero that ends it.
 * @throws {SqlError} `22021` where a zero stands in it: what follows would be read as something else
 */
export function textWithEnd(text: string): Uint8Array {
  if (text.includes('\0')) {
    throw new SqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00', {
      hint: 'text on the wire cannot hold the character with code 0',
    });
  }
  return Buffer.from(`${text}\0`);
}

/**
 * How many follow.
 * @throws {SqlError} `54000` for more than a message can hold
 */
export function countOf(list: readonly unknown[]): Uint8Array {
  if (list.length > 0xffff) throw new SqlError('54000', `${list.length} of these are more than a message can hold`);
  return int16(list.length);
}

/** A value with its length before it; null has none. */
export function sized(value: Uint8Array | null): readonly Uint8Array[] {
  return value === null ? [int32(-1)] : [int32(value.length), value];
}

/** All messages of a list, as one. */
export function joined(frames: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(frames);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads what a message says, from its start to its end. What does not stand there is `08P01`. */
export class BodyReader {
  readonly #body: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  }

  get left(): number {
    return this.#body.length - this.#at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A part of the body itself, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#body.subarray(start, start + length);
  }

  /** What has its length before it; null where that is -1. */
  sized(): Uint8Array | null {
    const length = this.int32();
    if (length === -1) return null;
    if (length < 0) throw malformed();
    return this.bytes(length);
  }

  /** Up to a zero, which is taken too. */
  bytesToZero(): Uint8Array {
    const end = this.#body.indexOf(0, this.#at);
    if (end < 0) throw new SqlError('08P01', 'invalid string in message');
    const found = this.#body.subarray(this.#at, end);
    this.#at = end + 1;
    return found;
  }

  /** @throws {SqlError} `22021` where it is not UTF-8 */
  text(): string {
    return textOf(this.bytesToZero());
  }

  /** @throws {SqlError} `08P01` where more follows */
  end(): void {
    if (this.left > 0) throw malformed();
  }

  #take(length: number): number {
    if (length > this.left) throw new SqlError('08P01', 'insufficient data left in message');
    this.#at += length;
    return this.#at - length;
  }
}

/**
 * Bytes as text.
 * @throws {SqlError} `22021` where they are not UTF-8
 */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SqlError('22021', `invalid byte sequence for encoding "UTF8": ${excerpt(bytes)}`);
  }
}

/** The first bytes that are wrong, as Postgres shows them: `0xe9 0x74`. */
function excerpt(bytes: Uint8Array): string {
  const good = Buffer.from(Buffer.from(bytes).toString());
  const at = good.findIndex((byte, index) => byte !== bytes[index]);
  return [...bytes.subarray(Math.max(at, 0)).subarray(0, 4)]
    .map((byte) => `0x${byte.toString(16).padStart(2, '0')}`)
    .join(' ');
}

function malformed(): SqlError {
  return new SqlError('08P01', 'invalid message format');
}
