import { describe, expect, it } from 'vitest';
import { estimate, tQuantile, upperShareOfNone } from './statistics.ts';

describe('statistics', () => {
  it.each([
    // Any printed table of Student's t, 97.5 %.
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [5, 2.571],
    [9, 2.262],
    [10, 2.228],
    [29, 2.045],
    [30, 2.042],
    [120, 1.98],
  ])('with %i degrees of freedom t is %d', (degrees, t) => {
    expect(tQuantile(0.975, degrees)).toBeCloseTo(t, 3);
  });

  it('has the other usual quantiles', () => {
    expect(tQuantile(0.5, 4)).toBeCloseTo(0, 10);
    expect(tQuantile(0.95, 4)).toBeCloseTo(2.132, 3);
    expect(tQuantile(0.995, 7)).toBeCloseTo(3.499, 3);
    // One degree of freedom is Cauchy's distribution, two have a closed form.
    expect(tQuantile(0.9, 1)).toBeCloseTo(Math.tan(Math.PI * 0.4), 9);
    expect(tQuantile(0.9, 2)).toBeCloseTo(0.8 * Math.sqrt(2 / (1 - 0.8 ** 2)), 9);
  });

  it('gives the interval of a worked example', () => {
    // Mean 14, standard deviation 4.1833, divided by the root of 5: 1.8708; times 2.7764.
    const { mean, low, high, runs } = estimate([10, 12, 13, 14, 21]);
    expect(mean).toBe(14);
    expect(runs).toBe(5);
    expect(low).toBeCloseTo(14 - 5.1943, 3);
    expect(high).toBeCloseTo(14 + 5.1943, 3);
  });

  it('covers the true mean as often as it says', () => {
    // Uniform values of a fixed sequence, whose mean is 0.5: of 2,000 intervals about 95 % hold it.
    let state = 1;
    const next = () => {
      state = (state * 48_271) % 0x7fff_ffff;
      return state / 0x7fff_ffff;
    };
    const hits = Array.from({ length: 2000 }, () => estimate(Array.from({ length: 5 }, next))).filter(
      ({ low, high }) => (low ?? 1) <= 0.5 && (high ?? 0) >= 0.5,
    ).length;
    expect(hits / 2000).toBeGreaterThan(0.92);
    expect(hits / 2000).toBeLessThan(0.97);
  });

  it('says nothing of a single run, is never below nothing, and has no width where nothing differs', () => {
    expect(estimate([3])).toEqual({ mean: 3, low: null, high: null, runs: 1 });
    expect(estimate([0, 0, 9]).low).toBe(0);
    expect(estimate([2, 2, 2])).toMatchObject({ mean: 2, low: 2, high: 2 });
    expect(() => estimate([])).toThrow(RangeError);
  });

  it('bounds what was never seen', () => {
    // The rule of three.
    expect(upperShareOfNone(1000)).toBeCloseTo(0.002991, 6);
    expect(upperShareOfNone(1)).toBeCloseTo(0.95, 12);
    expect(() => upperShareOfNone(0)).toThrow(RangeError);
  });
});
