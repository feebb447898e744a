import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

describe('parseDuration()', () => {
  it.each([
    ['1s', 1000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['24h', 86_400_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text, '--interval')).toBe(ms);
  });

  it.each(['', '1', 's', '0s', '0.5ms', '-1s', '1 s', '1e3s', '25h', '1d', '١s'])('refuses %j', (text) => {
    expect(() => parseDuration(text, '--interval')).toThrow(`--interval: ${text} is no duration`);
  });
});
