import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LockFact, LockParty, PartiesSeen } from '../model/lock.ts';
import { waitCycles } from './wait-cycles.ts';

const LOCK = {
  id: 1,
  kind: 'FLOCK',
  status: 'ADVISORY',
  mode: 'WRITE',
  file: null,
  startByte: 0n,
  endByte: null,
} as const;

function party(pid: number, threadCount = 1): LockParty {
  const numbers = { ppid: 1, pgid: pid, sid: pid, ttyNr: 0, tpgid: 0, flags: 0 };
  return { stat: { pid, comm: 'a', state: 'S', ...numbers, threadCount, startTimeTicks: 1n }, fd: 3 };
}

function held(pids: readonly number[], seen: PartiesSeen = 'all', threads = 1): LockFact {
  const parties = pids.map((pid) => party(pid, threads));
  const lock = { ...LOCK, waits: false, depth: 0, pid: pids[0] ?? null };
  return { lock, behind: null, parties, seen, path: null, isSteady: true };
}

function waiting(pid: number, behind: LockFact, { isSteady = true, threads = 1 } = {}): LockFact {
  const lock = { ...LOCK, waits: true, depth: behind.lock.depth + 1, pid };
  return { lock, behind, parties: [party(pid, threads)], seen: 'all', path: null, isSteady };
}

function told(facts: readonly LockFact[]) {
  const cycles = waitCycles(facts);
  return facts.map((fact) => cycles.get(fact)?.deadlock ?? null);
}

describe('waitCycles()', () => {
  it('finds two that wait for each other, and leaves out who only waits for them', () => {
    const [a, b, c] = [held([1]), held([2]), held([3])];
    const facts = [a, waiting(2, a), b, waiting(1, b), waiting(4, b), c, waiting(5, c)];
    expect(told(facts)).toEqual(['certain', 'certain', 'certain', 'certain', null, null, null]);
    expect(new Set([...waitCycles(facts).values()].map(({ number }) => number))).toEqual(new Set([1]));
  });

  it('finds one that waits for itself, and longer circles, each with a number of its own', () => {
    const own = held([9]);
    const locks = [held([1]), held([2]), held([3])] as const;
    const circle = [waiting(2, locks[0]), waiting(3, locks[1]), waiting(1, locks[2])];
    const cycles = waitCycles([own, waiting(9, own), ...locks, ...circle]);
    expect([...cycles.values()].map(({ number }) => number).toSorted()).toEqual([1, 1, 2, 2, 2, 2, 2, 2]);
  });

  it('goes by way of those who wait in front', () => {
    const [a, b] = [held([1]), held([3])];
    const first = waiting(2, a);
    const second = waiting(3, first);
    // 3 waits behind 2, which waits for 1, which waits for 3.
    expect(told([a, first, second, b, waiting(1, b)])).toEqual(Array(5).fill('certain'));
  });

  it.each([
    ['another holder of the open file can let go', held([1, 7]), 'possible'],
    ['holders may be missing', held([1], 'part'), 'possible'],
    ['another thread can let go', held([1], 'all', 2), 'possible'],
  ])('is not certain where %s', (_, a, expected) => {
    const b = held([2]);
    const threads = a.parties[0]?.stat.threadCount ?? 1;
    expect(told([a, waiting(2, a), b, waiting(1, b, { threads })])).toEqual(Array(4).fill(expected));
  });

  it('is certain where the other holder is stuck as well, and where every thread waits', () => {
    const [a, b, c] = [held([1, 7], 'all', 2), held([2]), held([2])];
    const facts = [a, waiting(2, a), b, waiting(1, b, { threads: 2 }), c, waiting(1, c, { threads: 2 })];
    const seventh = [waiting(7, b, { threads: 2 }), waiting(7, c, { threads: 2 })];
    expect(told([...facts, ...seventh])).toEqual(Array(8).fill('certain'));
  });

  it('does not put two moments together', () => {
    const [a, b] = [held([1]), held([2])];
    expect(told([a, waiting(2, a), b, waiting(1, b, { isSteady: false })])).toEqual([null, null, null, null]);
  });

  it('makes no circle of those who wait behind each other, when it is not known which is which', () => {
    const alike = (behind: LockFact): LockFact => ({
      ...waiting(2, behind),
      parties: [party(2), party(3)],
      seen: 'alike',
    });
    const lock = held([1]);
    const first = alike(lock);
    const second = alike(first);
    expect(told([lock, first, second])).toEqual([null, null, null]);
    // Both wait for 1 all the same, and 1 for one of them.
    const other = held([3]);
    expect(told([lock, first, second, other, waiting(1, other)])).toEqual(Array(5).fill('possible'));
  });

  it('makes none of who may only be the one that waits', () => {
    const [a, b] = [held([1]), held([2])];
    const among = { ...waiting(2, a), parties: [party(2), party(4)], seen: 'among' } as const;
    expect(told([a, among, b, waiting(1, b)])).toEqual([null, null, null, null]);
  });

  it('finds a circle exactly where following the waits leads back', () => {
    const edges = fc.array(fc.tuple(fc.nat(6), fc.array(fc.nat(6), { minLength: 1, maxLength: 3 })), { maxLength: 10 });
    fc.assert(
      fc.property(edges, (given) => {
        const facts = given.flatMap(([from, to]) => {
          const lock = held(to);
          return [lock, waiting(from, lock)];
        });
        const next = (pid: number) => given.flatMap(([from, to]) => (from === pid ? to : []));
        const reaches = (from: number, to: number, seen = new Set<number>()): boolean =>
          next(from).some((pid) => pid === to || (!seen.has(pid) && reaches(pid, to, seen.add(pid))));
        const cycles = waitCycles(facts);
        for (const [index, [from, to]] of given.entries()) {
          const isIn = to.some((pid) => pid === from || reaches(pid, from));
          expect(cycles.has(facts[index * 2 + 1] as LockFact)).toBe(isIn);
        }
      }),
    );
  });
});
