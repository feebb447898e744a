import { SqlError } from '../sql-error.ts';
import { BodyReader, frame, int32, textWithEnd } from './bytes.ts';

/** The first message of a connection, understood. */
export type StartupPacket =
  | { readonly kind: 'ssl' | 'gss' }
  | { readonly kind: 'cancel'; readonly pid: number; readonly key: Uint8Array }
  | {
      readonly kind: 'startup';
      /** Of protocol 3.2: 2. */
      readonly minor: number;
      /** `user`, `database`, `options`, `replication`, and settings. */
      readonly parameters: ReadonlyMap<string, string>;
    };

const CANCEL = 0x04d2_162e;
const SSL = 0x04d2_162f;
const GSS = 0x04d2_1630;
/** What a key of protocol 3.2 can have at most. */
const MAX_KEY_BYTES = 256;

/**
 * Understands the first message of a connection, without its length.
 * @throws {SqlError} fatal: `08P01` where it is malformed, `0A000` for a protocol that is not 3.x, `22021` for text that is
 *         not UTF-8
 */
export function decodeStartup(body: Uint8Array): StartupPacket {
  try {
    return decode(new BodyReader(body));
  } catch (error) {
    if (!(error instanceof SqlError) || error.isFatal) throw error;
    throw new SqlError(error.sqlState, `invalid startup packet: ${error.message}`, { isFatal: true });
  }
}

/** The first message of a client, as bytes. */
export function encodeStartup(packet: StartupPacket): Uint8Array {
  if (packet.kind === 'cancel') return withoutLetter(int32(CANCEL), int32(packet.pid), packet.key);
  if (packet.kind !== 'startup') return withoutLetter(int32(packet.kind === 'ssl' ? SSL : GSS));
  const parameters = [...packet.parameters].flat().map(textWithEnd);
  return withoutLetter(int32((3 << 16) + packet.minor), ...parameters, Uint8Array.of(0));
}

function withoutLetter(...parts: readonly Uint8Array[]): Uint8Array {
  return frame('-', ...parts).subarray(1);
}

function decode(reader: BodyReader): StartupPacket {
  const code = reader.int32();
  if (code === SSL || code === GSS) {
    reader.end();
    return { kind: code === SSL ? 'ssl' : 'gss' };
  }
  if (code === CANCEL) {
    const pid = reader.int32();
    const key = reader.bytes(reader.left);
    if (key.length === 0 || key.length > MAX_KEY_BYTES) throw new SqlError('08P01', 'invalid length of cancel key');
    return { kind: 'cancel', pid, key };
  }
  const major = code >> 16;
  if (major !== 3) {
    const asked = `unsupported frontend protocol ${major & 0xffff}.${code & 0xffff}: server supports 3.0 to 3.2`;
    throw new SqlError('0A000', asked, { isFatal: true });
  }
  return { kind: 'startup', minor: code & 0xffff, parameters: parametersOf(reader) };
}

/** Names and values up to an empty name. Of a name that comes twice the later value holds, as in Postgres. */
function parametersOf(reader: BodyReader): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let name = reader.text(); name !== ''; name = reader.text()) found.set(name, reader.text());
  reader.end();
  return found;
}
