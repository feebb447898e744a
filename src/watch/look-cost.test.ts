import { describe, expect, it } from 'vitest';
import { lookCostMs } from './look-cost.ts';
import { Schedule } from './schedule.ts';

describe('what a look costs', () => {
  it('is its time on a processor', () => {
    expect(lookCostMs(21, 20)).toBe(20);
    expect(lookCostMs(150, 20)).toBe(20);
  });

  it('is no more than it took, though other threads were at work meanwhile', () => {
    expect(lookCostMs(20, 35)).toBe(20);
  });

  it('keeps rows fresh on a machine where looks have to wait for a processor, and leaves it half of the time', () => {
    const nextAfter = (tookMs: number, cpuMs: number) => {
      const schedule = new Schedule(1000, 0);
      schedule.ended(0, lookCostMs(tookMs, cpuMs));
      return schedule.dueMs;
    };
    expect(nextAfter(400, 20)).toBe(1000);
    expect(nextAfter(1500, 20)).toBe(3000);
    // What a look of a large machine costs it costs there as well.
    expect(nextAfter(400, 300)).toBe(6000);
  });
});
