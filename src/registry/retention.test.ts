import { describe, expect, it } from 'vitest';
import { historyDaysOf } from './retention.ts';

describe('historyDaysOf()', () => {
  it('is 90 where nobody says otherwise', () => {
    expect([historyDaysOf(undefined), historyDaysOf(null), historyDaysOf(1), historyDaysOf(1e9)]).toEqual([
      90, 90, 1, 1e9,
    ]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('refuses %j', (days) => {
    expect(() => historyDaysOf(days)).toThrow(`historyDays: ${days} is no whole number`);
  });
});
