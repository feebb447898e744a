import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { isWholeUidMap } from './uid-map.ts';

const of = (text: string) => isWholeUidMap(Buffer.from(text));

describe('isWholeUidMap()', () => {
  it.each([
    ['the first namespace', '         0          0 4294967295\n', true],
    ['all in two ranges', '0 0 1000\n1000 1000 4294966295\n', true],
    ['one user', '         0       1000          1\n', false],
    ['a container', '0 100000 65536\n', false],
    ['nothing written yet', '', false],
  ])('knows %s', (_, text, whole) => {
    expect(of(text)).toBe(whole);
  });

  it('reads the one of this machine', () => {
    expect(typeof isWholeUidMap(fs.readFileSync('/proc/self/uid_map'))).toBe('boolean');
  });

  it('takes any bytes for a map or for damage', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          isWholeUidMap(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
    );
    expect(() => of('0 0\n')).toThrow('a range');
    expect(() => of('0 0 42949672950\n')).toThrow('a range');
  });
});
