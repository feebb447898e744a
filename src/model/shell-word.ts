import { type ByteString, toText } from './text.ts';

/** What a shell takes as it is. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** What single quotes may hold and a terminal may show: no controls, and nothing that turns the writing direction. */
const PRINTABLE = /^[^\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u;

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Bytes as one word of bash, zsh or ksh, so that a command that we propose can be copied: as they are, in quotes, or
 * as `$'a\nb\377'` where they cannot be shown.
 */
export function shellWord(bytes: ByteString): string {
  if (PLAIN.test(bytes)) return bytes;
  const { text, base64 } = toText(bytes);
  if (base64 === null && PRINTABLE.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  return `$'${[...bytes].map(escaped).join('')}'`;
}

function escaped(byte: string): string {
  if (byte >= ' ' && byte <= '~') return SHORT[byte] ?? byte;
  // Octal and three digits: what follows cannot be taken for a part of it.
  return SHORT[byte] ?? `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`;
}
