import { describe, expect, it } from 'vitest';
import { withoutHeirs } from './held-masters.ts';

describe('withoutHeirs()', () => {
  const left = (parents: Readonly<Record<number, number>>, ...pids: readonly number[]) => {
    const holders = pids.map((pid) => ({ pid }));
    return withoutHeirs(holders, (pid) => parents[pid] ?? 0).map(({ pid }) => pid);
  };

  it('leaves out whoever is below another holder, however far', () => {
    expect(left({ 20: 10, 30: 20, 40: 30 }, 10, 40)).toEqual([10]);
  });

  it('keeps those that have it not from each other', () => {
    expect(left({ 20: 10, 30: 10 }, 20, 30)).toEqual([20, 30]);
  });

  it('keeps an orphan beside the first process, which is given all of them', () => {
    expect(left({ 20: 1 }, 1, 20)).toEqual([1, 20]);
  });

  it('ends where reused numbers lead in a circle, or a line is long', () => {
    expect(left({ 10: 20, 20: 30, 30: 20 }, 10)).toEqual([10]);
    const line = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [index + 3, index + 2]));
    expect(left(line, 2, 50_002)).toEqual([2]);
  });
});
