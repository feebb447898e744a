import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

describe('parseDuration()', () => {
  it.each([
    ['1s', 1000],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['4w', 2_419_200_000],
    ['36500d', 3_153_600_000_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text, '--since')).toBe(ms);
  });

  it.each(['', '7', 'd', '0d', '-1d', '1.5h', '7 d', '7days', '1e3s', '7D', '１d', 'constructor'])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text, '--since')).toThrow(`--since: ${text} is no duration`);
    },
  );

  it('refuses what no calendar goes back to', () => {
    expect(() => parseDuration('36501d', '--since')).toThrow('more than a hundred years');
    expect(() => parseDuration(`${'9'.repeat(400)}w`, '--since')).toThrow('more than a hundred years');
  });
});
