import { describe, expect, it } from 'vitest';
import { Random } from '../test/makers/random.ts';
import { Deck, GREAT_MISHAPS, greatMishaps, SESSION_MISHAPS } from './deck.ts';

describe('Deck', () => {
  it('deals everything before it begins anew, and the same for the same seed', () => {
    const deal = (seed: number) => {
      const deck = new Deck(new Random(seed));
      return Array.from({ length: 30 }, () => deck.next());
    };
    expect(new Set(deal(1))).toEqual(new Set(Object.keys(SESSION_MISHAPS)));
    expect(deal(1)).toEqual(deal(1));
    expect(deal(1)).not.toEqual(deal(2));
  });
});

describe('greatMishaps()', () => {
  it('has each at least once, in time, and more often in a longer time', () => {
    const short = greatMishaps(30_000, new Random(1));
    expect(short.map(({ kind }) => kind).sort()).toEqual(Object.keys(GREAT_MISHAPS).sort());
    expect(short.every(({ atMs }) => atMs >= 0 && atMs < 30_000)).toBe(true);
    const killed = greatMishaps(1_800_000, new Random(1)).filter(({ kind }) => kind === 'tmux server killed');
    expect(killed).toHaveLength(45);
  });
});
