import { type ByteString, fromUtf8, type Text, toBytes } from '../../model/text.ts';

/** Well-formed UTF-8 beyond ASCII, byte by byte (Unicode 17, table 3-7). */
const UTF8 =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}/;
const C1 = /\xc2[\x80-\x9f]/;
/** U+061C, U+200E and F, U+202A to E, U+2066 to 9: they reorder what stands around them. */
const BIDI = /\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
const CONTROL = /[\x00-\x1f\x7f]/;
const LONE_BYTE = /[\x80-\xff]/;

/** Text that can be printed as it is, by far the most. */
const NOTHING_SPECIAL = /^[^\\\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u;

const IN_FIELD = escaping([C1], [CONTROL, /\\/, LONE_BYTE]);
const IN_CELL = escaping([C1, BIDI], [CONTROL, /\\/, LONE_BYTE]);
const IN_MESSAGE = escaping([C1, BIDI], [CONTROL]);

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Text for one field of a line: backslash, tab, newline and return as `\\ \t \n \r`, every other control and every
 * byte that is not UTF-8 as `\xHH`. Any bytes become one line without tabs, and can be had back.
 */
export function escapeField(text: Text): string {
  return escapeText(text, IN_FIELD);
}

/** The same for a table on a terminal, where what turns the direction of writing is escaped as well. */
export function escapeCell(text: Text): string {
  return escapeText(text, IN_CELL);
}

/** One line of a message: no controls, and backslashes as they are, so that commands in it can be copied. */
export function escapeMessage(text: string): string {
  return NOTHING_SPECIAL.test(text) ? text : escapeBytes(fromUtf8(text), IN_MESSAGE);
}

function escapeText(text: Text, special: RegExp): string {
  if (text.base64 === null && NOTHING_SPECIAL.test(text.text)) return text.text;
  return escapeBytes(toBytes(text), special);
}

function escapeBytes(bytes: ByteString, special: RegExp): string {
  const escaped = bytes.replace(special, (match: string, wellFormed: string | undefined) => {
    return wellFormed ?? SHORT_ESCAPES[match] ?? [...match].map((byte) => `\\x${hex(byte)}`).join('');
  });
  return Buffer.from(escaped, 'latin1').toString('utf8');
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}

/** What to escape, before and after the well-formed characters were recognised, which are the group. */
function escaping(before: readonly RegExp[], after: readonly RegExp[]): RegExp {
  const sources = [...before.map((it) => it.source), `(${UTF8.source})`, ...after.map((it) => it.source)];
  return new RegExp(sources.join('|'), 'g');
}
