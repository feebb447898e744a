import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

const LIMITS = { leastMs: 1, mostMs: 36_500 * 86_400_000, words: '1ms up to 36500d' };

describe('parseDuration()', () => {
  it.each([
    ['500ms', 500],
    ['1s', 1000],
    ['1.5s', 1500],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['4w', 2_419_200_000],
    ['36500d', 3_153_600_000_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text, '--since', LIMITS)).toBe(ms);
  });

  it.each(['', '7', 's', '0s', '0.5ms', '-1s', '7 d', '7days', '1e3s', '7D', '１d', 'constructor', '36501d'])(
    'refuses %j',
    (text) => {
      const told = `--since: ${text} is no duration of 1ms up to 36500d`;
      expect(() => parseDuration(text, '--since', LIMITS)).toThrow(told);
    },
  );
});
