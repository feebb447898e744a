import { describe, expect, it } from 'vitest';
import { coverageOf } from '../model/coverage.ts';
import type { Change } from '../registry/plan.ts';
import { isSameDeath } from '../registry/plan.ts';
import { Brake } from './brake.ts';

/** The end of a process, as far as the brake looks at it. */
function end(name: string, pid: number): Change {
  return { name, after: { pid, startTimeTicks: 7n, bootId: 'boot' } } as unknown as Change;
}

const COMPLETE = { coverage: coverageOf([]) };
const PARTIAL = { coverage: coverageOf([{ code: 'hidden', count: 1, pids: [] }]) };

/** A pass that took no time. */
const at = (ms: number) => ({ startedMs: ms, endedMs: ms });

describe('Brake', () => {
  it('lets a death go two seconds after the first look that proved it, however many came between', () => {
    const brake = new Brake(isSameDeath);
    const [ada, bob] = [end('ada', 1), end('bob', 2)];
    expect(brake.passed({ held: [ada] }, COMPLETE, at(0)).secondLookMs).toBe(2000);
    expect(brake.provenBefore(1000)).toEqual([]);
    expect(brake.passed({ held: [end('ada', 1), bob] }, COMPLETE, at(1000)).secondLookMs).toBe(2000);
    expect(brake.provenBefore(2000)).toEqual([end('ada', 1)]);
    expect(brake.provenBefore(3000)).toHaveLength(2);
  });

  it('begins anew where a look has not proven it, or was not complete', () => {
    for (const [held, look] of [
      [[], COMPLETE],
      [[end('ada', 1)], PARTIAL],
      [[end('ada', 5)], COMPLETE],
    ] as const) {
      const brake = new Brake(isSameDeath);
      brake.passed({ held: [end('ada', 1)] }, COMPLETE, at(0));
      brake.passed({ held }, look, at(1000));
      expect(brake.provenBefore(2500)).toEqual([]);
    }
  });

  it('needs no more than its own pid namespace: what lies outside can be in none of its rows', () => {
    const outside = { code: 'hidden', count: 80, pids: [] } as const;
    const container = { coverage: coverageOf([{ code: 'pid_namespace', count: 1, pids: [] }, outside]) };
    const brake = new Brake(isSameDeath);
    brake.passed({ held: [end('ada', 1)] }, container, at(0));
    brake.passed({ held: [end('ada', 1)] }, container, at(1000));
    expect(brake.provenBefore(2000)).toEqual([end('ada', 1)]);
    const denied = { code: 'cwd_denied', count: 1, pids: [7] } as const;
    brake.passed(
      { held: [end('ada', 1)] },
      { coverage: coverageOf([...container.coverage.reasons, denied]) },
      at(2000),
    );
    expect(brake.provenBefore(5000)).toEqual([]);
  });

  it('does not ask for a look again and again where the second one releases nothing', () => {
    const brake = new Brake(isSameDeath);
    brake.passed({ held: [end('ada', 1)] }, COMPLETE, at(0));
    expect(brake.passed({ held: [end('ada', 1)] }, COMPLETE, at(2100))).toEqual({
      secondLookMs: null,
      isStuck: true,
    });
  });

  it('takes no look for the second one that began too early, however late it ended', () => {
    const brake = new Brake(isSameDeath);
    brake.passed({ held: [end('ada', 1)] }, COMPLETE, { startedMs: 0, endedMs: 40 });
    const early = brake.passed({ held: [end('ada', 1)] }, COMPLETE, { startedMs: 2000, endedMs: 2060 });
    expect(early).toEqual({ secondLookMs: 2040, isStuck: false });
    expect(brake.provenBefore(2061)).toEqual([end('ada', 1)]);
  });

  it('says that the rows are wrong of what had its second look, while something else waits for one', () => {
    const brake = new Brake(isSameDeath);
    const [ada, bob] = [end('ada', 1), end('bob', 2)];
    brake.passed({ held: [ada] }, COMPLETE, at(0));
    expect(brake.passed({ held: [ada, bob] }, COMPLETE, at(2000))).toEqual({ secondLookMs: 4000, isStuck: true });
    expect(brake.passed({ held: [bob] }, COMPLETE, at(3000))).toEqual({ secondLookMs: 4000, isStuck: false });
    expect(brake.passed({ held: [] }, COMPLETE, at(4000))).toEqual({ secondLookMs: null, isStuck: false });
  });
});
