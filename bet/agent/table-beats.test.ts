import { describe, expect, it } from 'vitest';
import { nextBeat } from './table-beats.ts';

describe('nextBeat', () => {
  it('is the one after the last, also where the clock is a little early', () => {
    expect(nextBeat(0, 3, 5000)).toBe(1);
    expect(nextBeat(1, 4999.5, 5000)).toBe(2);
    expect(nextBeat(1, 5001, 5000)).toBe(2);
  });

  it('leaves out those whose time has passed', () => {
    expect(nextBeat(1, 27_000, 5000)).toBe(6);
    expect(nextBeat(0, 5000, 5000)).toBe(2);
  });
});
