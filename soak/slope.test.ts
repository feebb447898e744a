import { describe, expect, it } from 'vitest';
import { Random } from '../test/makers/random.ts';
import { type Sample, slopeOf } from './slope.ts';

/** Fifteen minutes of a process, with some noise, and so much more each hour. */
function life(number: number, level: number, perHour: number, random: Random): Sample[] {
  return Array.from({ length: 450 }, (_, index) => {
    const atMs = number * 1_000_000 + index * 2000;
    return { atMs, life: number, value: level + (perHour * index * 2000) / 3_600_000 + random.next() - 0.5 };
  });
}

describe('slopeOf()', () => {
  it('finds what grows, and by how much', () => {
    const slope = slopeOf(life(1, 80, 12, new Random(1)));
    expect(slope?.low).toBeGreaterThan(9);
    expect(slope?.low).toBeLessThan(12);
    expect(slope?.high).toBeGreaterThan(12);
    expect(slope?.high).toBeLessThan(15);
  });

  it('does not take another life’s level for growth', () => {
    const random = new Random(2);
    const slope = slopeOf([...life(1, 60, 0, random), ...life(2, 90, 0, random)]);
    expect(slope?.low).toBeLessThan(0);
    expect(slope?.high).toBeGreaterThan(0);
    expect(slope?.high).toBeLessThan(2);
  });

  it('counts the age of a process from its birth, also where only the later part is fitted', () => {
    const samples = life(1, 80, 0, new Random(4));
    const middleMs = samples[225]?.atMs ?? 0;
    expect(slopeOf(samples, middleMs)?.bins).toBeGreaterThan(28);
    expect(slopeOf(samples.slice(225))?.bins).toBeLessThan(12);
  });

  it('says nothing of a process that is new', () => {
    expect(slopeOf(life(1, 60, 0, new Random(3)).slice(0, 150))).toBeNull();
  });
});
