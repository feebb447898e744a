import { SqlError } from '../sql-error.ts';
import { BodyReader } from './bytes.ts';
import type { BindMessage, Named } from './frontend.ts';

/** A message of a client, understood. */
export type FrontendMessage =
  | { readonly kind: 'query'; readonly text: string }
  | {
      readonly kind: 'parse';
      readonly name: string;
      readonly text: string;
      readonly parameterTypes: readonly number[];
    }
  | ({ readonly kind: 'bind' } & BindMessage)
  | { readonly kind: 'describe' | 'close'; readonly what: Named; readonly name: string }
  /** `maxRows` 0: all of them. */
  | { readonly kind: 'execute'; readonly portal: string; readonly maxRows: number }
  | { readonly kind: 'copy' | 'flush' | 'function_call' | 'sync' | 'terminate' }
  /** PasswordMessage, SASLInitialResponse, SASLResponse: which one only the exchange knows. */
  | { readonly kind: 'password'; readonly body: Uint8Array };

type Decoder = (reader: BodyReader, body: Uint8Array) => FrontendMessage;

const DECODERS: Readonly<Record<string, Decoder>> = {
  Q: (reader) => ({ kind: 'query', text: reader.text() }),
  P: (reader) => ({
    kind: 'parse',
    name: reader.text(),
    text: reader.text(),
    parameterTypes: times(reader.uint16(), () => reader.uint32()),
  }),
  B: bind,
  D: (reader) => ({ kind: 'describe', what: named(reader, 'DESCRIBE'), name: reader.text() }),
  C: (reader) => ({ kind: 'close', what: named(reader, 'CLOSE'), name: reader.text() }),
  // Postgres takes a number below 0 for all rows too.
  E: (reader) => ({ kind: 'execute', portal: reader.text(), maxRows: Math.max(0, reader.int32()) }),
  H: () => ({ kind: 'flush' }),
  S: () => ({ kind: 'sync' }),
  // Of these, nothing is needed, and Postgres does not look either where they are out of place.
  X: rest('terminate'),
  F: rest('function_call'),
  d: rest('copy'),
  c: rest('copy'),
  f: rest('copy'),
  p: (reader) => ({ kind: 'password', body: reader.bytes(reader.left) }),
};

/** Whether a client may send a message of this type at all. */
export function isFrontendType(type: string): boolean {
  return Object.hasOwn(DECODERS, type);
}

/**
 * Understands a message of a client. What it holds are parts of `body`, not copies.
 * @param type its letter
 * @throws {SqlError} `08P01` where it is malformed, and fatal where there is no such message; `22021` where text is not
 *         UTF-8; `22023` for a format that is neither text nor binary
 */
export function decodeFrontend(type: string, body: Uint8Array): FrontendMessage {
  const decode = isFrontendType(type) ? DECODERS[type] : undefined;
  if (decode === undefined) {
    throw new SqlError('08P01', `invalid frontend message type ${type.charCodeAt(0)}`, { isFatal: true });
  }
  const reader = new BodyReader(body);
  const message = decode(reader, body);
  reader.end();
  return message;
}

function bind(reader: BodyReader): FrontendMessage {
  const portal = reader.text();
  const statement = reader.text();
  const parameterFormats = formats(reader);
  const count = reader.uint16();
  if (parameterFormats.length > 1 && parameterFormats.length !== count) {
    const has = `bind message has ${parameterFormats.length} parameter formats but ${count} parameters`;
    throw new SqlError('08P01', has);
  }
  const parameters = times(count, () => reader.sized());
  return { kind: 'bind', portal, statement, parameterFormats, parameters, resultFormats: formats(reader) };
}

function formats(reader: BodyReader): number[] {
  return times(reader.uint16(), () => {
    const format = reader.int16();
    if (format !== 0 && format !== 1) throw new SqlError('22023', `unsupported format code: ${format}`);
    return format;
  });
}

function named(reader: BodyReader, message: string): Named {
  const kind = reader.uint8();
  if (kind === 0x53) return 'statement';
  if (kind === 0x50) return 'portal';
  throw new SqlError('08P01', `invalid ${message} message subtype ${kind}`);
}

function rest(kind: 'copy' | 'function_call' | 'terminate'): Decoder {
  return (reader) => {
    reader.bytes(reader.left);
    return { kind };
  };
}

/** One after another: a count that is not true ends at the first that is not there, before anything is made for it. */
function times<T>(count: number, read: () => T): T[] {
  const found: T[] = [];
  for (let index = 0; index < count; index++) found.push(read());
  return found;
}
