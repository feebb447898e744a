import { SqlError } from '../sql-error.ts';
import type { ResultField } from './backend.ts';
import { BodyReader } from './bytes.ts';

/** A message where it stands: nothing is copied, and its body is made when it is asked for. */
export class Frame {
  /** Its letter. */
  readonly type: string;
  /** From where to where it stands, its letter and length with it. */
  readonly start: number;
  readonly end: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.type = String.fromCharCode(bytes[start] as number);
    this.start = start;
    this.end = end;
    this.#bytes = bytes;
  }

  get body(): Uint8Array {
    return this.#bytes.subarray(this.start + 5, this.end);
  }

  /** The whole, as it is sent. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.start, this.end);
  }
}

/**
 * Goes through the messages of an answer that is all there.
 * @throws {SqlError} `08P01` where it ends in the middle of one
 */
export function* framesOf(bytes: Uint8Array): Generator<Frame, void, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const length = at + 5 <= bytes.length ? view.getInt32(at + 1) : -1;
    if (length < 4 || length > bytes.length - at - 1) {
      throw new SqlError('08P01', `an answer of ${bytes.length} bytes holds no message at byte ${at}`);
    }
    yield new Frame(bytes, at, at + 1 + length);
    at += 1 + length;
  }
}

/** The fields of an ErrorResponse or NoticeResponse, by their letters: `C` the SQLSTATE, `M` the message. */
export function errorFields(body: Uint8Array): ReadonlyMap<string, string> {
  const reader = new BodyReader(body);
  const found = new Map<string, string>();
  for (let letter = reader.uint8(); letter !== 0; letter = reader.uint8()) {
    // An error is told however damaged its text is.
    found.set(String.fromCharCode(letter), Buffer.from(reader.bytesToZero()).toString());
  }
  reader.end();
  return found;
}

/** An ErrorResponse as an error of ours. */
export function sqlErrorOf(body: Uint8Array): SqlError {
  const fields = errorFields(body);
  const position = Number(fields.get('P') ?? 0);
  const severity = fields.get('V') ?? fields.get('S');
  return new SqlError(fields.get('C') ?? 'XX000', fields.get('M') ?? '', {
    detail: fields.get('D') ?? '',
    hint: fields.get('H') ?? '',
    ...(position > 0 && { position }),
    isFatal: severity === 'FATAL' || severity === 'PANIC',
  });
}

/** The columns of a RowDescription. */
export function resultFields(body: Uint8Array): readonly ResultField[] {
  const reader = new BodyReader(body);
  const count = reader.uint16();
  const found: ResultField[] = [];
  for (let index = 0; index < count; index++) {
    found.push({
      name: reader.text(),
      tableOid: reader.uint32(),
      column: reader.int16(),
      typeOid: reader.uint32(),
      typeSize: reader.int16(),
      typeModifier: reader.int32(),
      format: reader.int16(),
    });
  }
  reader.end();
  return found;
}

/** The values of a DataRow: parts of it, not copies. */
export function rowValues(body: Uint8Array): readonly (Uint8Array | null)[] {
  const reader = new BodyReader(body);
  const count = reader.uint16();
  const found: (Uint8Array | null)[] = [];
  for (let index = 0; index < count; index++) found.push(reader.sized());
  reader.end();
  return found;
}

/** The types of a ParameterDescription. */
export function parameterTypes(body: Uint8Array): readonly number[] {
  const reader = new BodyReader(body);
  const count = reader.uint16();
  const found: number[] = [];
  for (let index = 0; index < count; index++) found.push(reader.uint32());
  reader.end();
  return found;
}

/** The tag of a CommandComplete: `SELECT 3`. */
export function commandTag(body: Uint8Array): string {
  const reader = new BodyReader(body);
  const tag = reader.text();
  reader.end();
  return tag;
}

/** What a ParameterStatus says: the name of a setting, and its value. */
export function parameterStatus(body: Uint8Array): readonly [name: string, value: string] {
  const reader = new BodyReader(body);
  const pair = [reader.text(), reader.text()] as const;
  reader.end();
  return pair;
}
