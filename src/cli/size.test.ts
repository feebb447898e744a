import { describe, expect, it } from 'vitest';
import { parseSize } from './size.ts';

const LIMITS = { least: 1, most: 1 << 30, words: '1B up to 1GB' };

describe('parseSize()', () => {
  it.each([
    ['1B', 1],
    ['500kB', 512_000],
    ['64MB', 67_108_864],
    ['1GB', 1_073_741_824],
  ])('%s are %i bytes', (text, bytes) => {
    expect(parseSize(text, '--max-result', LIMITS)).toBe(bytes);
  });

  it.each(['', '64', '64M', '64mb', '0B', '2GB', '-1MB', '1.5MB', '64 MB', '9999999999999B', '1TB'])(
    '%s is no size',
    (text) => {
      expect(() => parseSize(text, '--max-result', LIMITS)).toThrow(`--max-result: ${text} is no size of 1B up to 1GB`);
    },
  );
});
