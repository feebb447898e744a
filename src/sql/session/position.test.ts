import { describe, expect, it } from 'vitest';
import { SqlError } from '../sql-error.ts';
import type { FetchRows } from '../statement/statement.ts';
import { Position, RowsFailed, type RowsThere } from './position.ts';

const THREE: RowsThere = { count: 3, failure: null };
const go = (position: Position, direction: FetchRows['direction'], count: number | null, there = THREE) => {
  const range = position.go({ direction, count }, there, false);
  return range === null ? [] : [range.first, range.last];
};

describe('where a cursor stands', () => {
  it('is before the first row at first, and behind the last when there are no more', () => {
    const position = new Position(false);
    expect(go(position, 'backward', 1)).toEqual([]);
    expect(go(position, 'forward', 2)).toEqual([1, 2]);
    expect(go(position, 'forward', 1)).toEqual([3, 3]);
    expect(go(position, 'backward', 1)).toEqual([2, 2]);
    expect(go(position, 'forward', null)).toEqual([3, 3]);
    expect(go(position, 'backward', null)).toEqual([3, 1]);
    expect(go(position, 'forward', null)).toEqual([1, 3]);
  });

  it('can be said from either end', () => {
    const position = new Position(false);
    expect(go(position, 'absolute', 3)).toEqual([3, 3]);
    expect(go(position, 'absolute', -3)).toEqual([1, 1]);
    expect(go(position, 'absolute', 4)).toEqual([]);
    expect(go(position, 'relative', -1)).toEqual([3, 3]);
    expect(go(position, 'absolute', 0)).toEqual([]);
    expect(go(position, 'relative', 2)).toEqual([2, 2]);
    expect(go(position, 'relative', 0)).toEqual([2, 2]);
  });

  it('among no rows is nowhere', () => {
    const position = new Position(false);
    const none = { count: 0, failure: null };
    for (const direction of ['forward', 'backward', 'absolute', 'relative'] as const) {
      for (const count of [null, -2, -1, 0, 1, 2]) expect(go(position, direction, count, none)).toEqual([]);
    }
  });

  it('is an error behind the last row of a query that has failed', () => {
    const position = new Position(false);
    const failure = new SqlError('22012', 'division by zero');
    const there = { count: 3, failure };
    expect(go(position, 'forward', 3, there)).toEqual([1, 3]);
    expect(() => go(position, 'forward', 1, there)).toThrow(RowsFailed);
    const other = new Position(false);
    const all = () => other.next(Number.POSITIVE_INFINITY, there);
    expect(all).toThrow(expect.objectContaining({ before: { first: 1, last: 3 }, failure }));
  });

  it('says whether there is more', () => {
    const position = new Position(true);
    expect(position.next(3, THREE)).toEqual({ range: { first: 1, last: 3 }, isAtEnd: false });
    expect(position.next(1, THREE)).toEqual({ range: null, isAtEnd: true });
  });
});
