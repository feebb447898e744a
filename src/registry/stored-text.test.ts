import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toText } from '../model/text.ts';
import { bytesOfStored, storedText } from './stored-text.ts';

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) });

describe('storedText()', () => {
  it.each([
    ['ada', 'ada'],
    ['gr\xc3\xbc\xc3\x9fe', 'grüße'],
    ['a\\b', 'a\\\\b'],
    ['a\xff', 'a\\xFF'],
    ['a\nb', 'a\nb'],
    ['\0a\0', '\\x00a\\x00'],
    ['\0\xff', '\\x00\\xFF'],
  ])('writes %j as %j', (name, stored) => {
    expect(storedText(toText(name))).toBe(stored);
  });

  it('gives two names two texts, and each back', () => {
    fc.assert(fc.property(bytes, (name) => bytesOfStored(storedText(toText(name))) === name));
  });
});
