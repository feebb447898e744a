/**
 * Kernel text as bytes: one character for each byte (latin1), so that nothing is lost, and two names compare equal
 * exactly when their bytes do. Paths, comm and argv are this inside plumbline; they become `Text` in a snapshot.
 */
export type ByteString = string & { readonly __bytes?: never };

/** Text for people and wires: UTF-8 where the bytes are UTF-8. */
export interface Text {
  /** The text, with U+FFFD where the bytes are not UTF-8. */
  readonly text: string;
  /** The exact bytes, present only where `text` could not hold them. */
  readonly base64: string | null;
}

const REPLACEMENT = '\uFFFD';

/** Decodes kernel bytes for people, keeping the exact bytes beside the text where UTF-8 cannot hold them. */
export function toText(bytes: ByteString): Text {
  if (isAscii(bytes)) return { text: bytes, base64: null };
  const buffer = Buffer.from(bytes, 'latin1');
  const text = buffer.toString('utf8');
  const lossless = !text.includes(REPLACEMENT) || Buffer.from(text, 'utf8').equals(buffer);
  return { text, base64: lossless ? null : buffer.toString('base64') };
}

/** The exact bytes of a text. */
export function toBytes(text: Text): ByteString {
  const buffer = text.base64 === null ? Buffer.from(text.text, 'utf8') : Buffer.from(text.base64, 'base64');
  return buffer.toString('latin1');
}

/** The bytes of a string that a person or a file gave us. */
export function fromUtf8(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The last part of a path: `ada` of `/srv/agents/ada`, `/` of `/`. */
export function basename(path: ByteString): ByteString {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end--;
  const start = path.lastIndexOf('/', end - 1);
  return end === 1 && start === 0 ? '/' : path.slice(start + 1, end);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}
