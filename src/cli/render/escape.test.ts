import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toText } from '../../model/text.ts';
import { escapeCell, escapeField, escapeMessage } from './escape.ts';

const bytes = fc.uint8Array({ maxLength: 60 }).map((it) => Buffer.from(it).toString('latin1'));
const unicode = fc.string({ unit: 'binary' }).map((it) => Buffer.from(it).toString('latin1'));

describe('escapeField()', () => {
  it.each([
    ['ada', 'ada'],
    ['a b (deleted)', 'a b (deleted)'],
    ['a\tb\nc\rd', 'a\\tb\\nc\\rd'],
    ['a\\tb', 'a\\\\tb'],
    ['\x00\x1b[31m\x7f', '\\x00\\x1B[31m\\x7F'],
    ['\xff\xfe', '\\xFF\\xFE'],
    [utf8('zoë ж 名 😀'), 'zoë ж 名 😀'],
    [utf8('a\u0085b'), 'a\\xC2\\x85b'],
    [utf8('\ufffd'), '\ufffd'],
    ['\xed\xa0\x80', '\\xED\\xA0\\x80'],
    ['\xe2\x80', '\\xE2\\x80'],
    ['\xc0\xaf', '\\xC0\\xAF'],
    [utf8('a\u202eb'), 'a\u202eb'],
  ])('writes %j as %j', (raw, escaped) => {
    expect(escapeField(toText(raw))).toBe(escaped);
  });

  it('makes one field of any bytes, and they can be had back', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, unicode), (raw) => {
        const field = escapeField(toText(raw));
        expect(field).not.toMatch(/\p{Cc}/u);
        expect(decode(field)).toBe(raw);
      }),
    );
  });
});

describe('escapeCell()', () => {
  it('escapes what turns the direction of writing', () => {
    expect(escapeCell(toText(utf8('a\u202eb\u2066c\u061cd')))).toBe('a\\xE2\\x80\\xAEb\\xE2\\x81\\xA6c\\xD8\\x9Cd');
  });

  it('differs from a field in nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, unicode), (raw) => {
        const cell = escapeCell(toText(raw));
        expect(cell).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
        expect(decode(cell)).toBe(raw);
      }),
    );
  });
});

describe('escapeMessage()', () => {
  it('leaves commands as they are, and keeps controls out', () => {
    expect(escapeMessage("tr '\\0' ' ' < x")).toBe("tr '\\0' ' ' < x");
    expect(escapeMessage('a\x1b[2Jb\nc\u0085\u202e ж')).toBe('a\\x1B[2Jb\\nc\\xC2\\x85\\xE2\\x80\\xAE ж');
  });
});

function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** What a reader of the lines does to have the bytes back. */
function decode(field: string): string {
  const short: Record<string, string> = { '\\': '\\', t: '\t', n: '\n', r: '\r' };
  return utf8(field).replace(/\\(?:x([0-9A-F]{2})|(.))/g, (_, hex: string | undefined, letter: string) => {
    return hex === undefined ? (short[letter] ?? '?') : String.fromCharCode(Number.parseInt(hex, 16));
  });
}
