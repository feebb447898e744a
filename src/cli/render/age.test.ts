import { describe, expect, it } from 'vitest';
import { formatAge } from './age.ts';

describe('formatAge()', () => {
  it.each([
    [0, '0s'],
    [59.9, '59s'],
    [60, '1m'],
    [3599, '59m'],
    [3600, '1h0m'],
    [3600 * 23 + 60 * 59, '23h59m'],
    [86_400, '1d0h'],
    [86_400 * 400 + 3600 * 5, '400d5h'],
    [-5, '0s'],
  ])('writes %d seconds as %s', (seconds, age) => {
    const now = new Date('2026-11-24T12:00:00Z');
    expect(formatAge(new Date(now.getTime() - seconds * 1000), now)).toBe(age);
  });
});
