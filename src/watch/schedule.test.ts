import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Schedule } from './schedule.ts';

/** A schedule that has had one pass at `startedMs` with a look of `lookMs`. */
function afterOne(intervalMs: number, startedMs: number, lookMs: number): Schedule {
  const schedule = new Schedule(intervalMs, startedMs);
  schedule.ended(startedMs, lookMs);
  return schedule;
}

describe('Schedule', () => {
  it('looks at once, then every interval', () => {
    expect(new Schedule(1000, 7).dueMs).toBe(7);
    expect(afterOne(1000, 0, 5).dueMs).toBe(1000);
  });

  it('is slower where a look takes long', () => {
    expect(afterOne(1000, 0, 80).dueMs).toBe(1600);
  });

  it('looks soon after a wake-up, and then at pauses that double', () => {
    const schedule = afterOne(1000, 0, 0);
    schedule.wake(500);
    expect(schedule.dueMs).toBe(520);
    const pauses: number[] = [];
    for (let now = schedule.dueMs; pauses.length < 8; now = schedule.dueMs) {
      schedule.ended(now, 0);
      pauses.push(schedule.dueMs - now);
    }
    expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 1000, 1000]);
  });

  it('takes any number of wake-ups for one, and never looks sooner than the last look allows', () => {
    const schedule = afterOne(1000, 0, 10);
    for (let ms = 20; ms < 100; ms++) schedule.wake(ms);
    expect(schedule.dueMs).toBe(200);
  });

  it('does not forget what woke it during a pass', () => {
    const schedule = new Schedule(10_000, 0);
    schedule.wake(3);
    schedule.ended(0, 2);
    expect(schedule.dueMs).toBe(40);
  });

  it('looks earlier where it is asked to, and never later', () => {
    const schedule = afterOne(60_000, 0, 1);
    schedule.lookBy(2000);
    schedule.lookBy(90_000);
    expect(schedule.dueMs).toBe(2000);
  });

  it('waits after a failure, whatever wakes it', () => {
    const schedule = afterOne(1000, 0, 1);
    schedule.failed(1000, 5000, 1);
    schedule.wake(1100);
    schedule.lookBy(1200);
    expect(schedule.dueMs).toBe(6000);
  });

  it('keeps its distance after a failure as well, which may have come after a dear look', () => {
    const schedule = afterOne(1000, 0, 100);
    schedule.failed(2000, 500, 100);
    expect(schedule.dueMs).toBe(4000);
  });

  it('does not wait for a look that was not taken: a server that is away is asked again soon', () => {
    const schedule = afterOne(1000, 0, 1500);
    schedule.failed(31_000, 500, 3);
    expect(schedule.dueMs).toBe(31_500);
  });

  it('never starts two looks closer than 20 times the first one, nor waits longer than it must', () => {
    const event = fc.record({ afterMs: fc.nat(3000), lookMs: fc.nat(300), wakes: fc.nat(5) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.array(event, { maxLength: 30 }), (intervalMs, events) => {
        const schedule = new Schedule(intervalMs, 0);
        let [startedMs, lookMs] = [Number.NEGATIVE_INFINITY, 0];
        for (const it of events) {
          const now = Math.max(schedule.dueMs, 0);
          expect(now - startedMs).toBeGreaterThanOrEqual(lookMs * 20);
          if (startedMs >= 0) expect(now - startedMs).toBeLessThanOrEqual(Math.max(intervalMs, lookMs * 20));
          [startedMs, lookMs] = [now, it.lookMs];
          for (let wake = 0; wake < it.wakes; wake++) schedule.wake(now + wake);
          schedule.ended(startedMs, lookMs);
          if (it.afterMs % 2) schedule.wake(Math.min(now + it.afterMs, schedule.dueMs));
        }
      }),
    );
  });
});
