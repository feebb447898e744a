import { describe, expect, it } from 'vitest';
import type { Answer, Truth } from './model.ts';
import { wrongOf } from './wrongs.ts';

const host = 'outer';
const pane = { server: 'bet-a', id: '%1' };
const alive = (pid: number, more: Partial<Truth & { status: 'alive' }> = {}): Truth => {
  return { since: 0, status: 'alive', names: [{ host, pid }], pane, responsive: true, ...more };
};
const dead: Truth = { since: 0, status: 'dead' };
const says = (pid: number | null, at: typeof pane | null = pane): Answer => {
  return { status: 'alive', process: pid === null ? null : { host, pid }, pane: at };
};

describe('a row', () => {
  it.each<[string, Answer, Truth, ReturnType<typeof wrongOf>]>([
    ['is right', says(7), alive(7), null],
    ['is rightly dead', { status: 'dead' }, dead, null],
    ['is dead and called alive', says(7), dead, 'dead called alive'],
    ['is alive and called dead', { status: 'dead' }, alive(7), 'alive called dead'],
    ['names another pid', says(8), alive(7), 'wrong pid'],
    [
      'names the pid of another host',
      { ...says(7), process: { host: 'inner', pid: 7 } } as Answer,
      alive(7),
      'wrong pid',
    ],
    ['names no pid', says(null), alive(7), 'wrong pid'],
    ['names another pane', says(7, { server: 'bet-a', id: '%2' }), alive(7), 'wrong pane'],
    ['names the same pane of another server', says(7, { server: 'bet-b', id: '%1' }), alive(7), 'wrong pane'],
    ['names no pane', says(7, null), alive(7), 'wrong pane'],
    ['says that it does not know the pane', { ...says(7, null), paneUnknown: 'why' } as Answer, alive(7), null],
    [
      'does not know the pane, and is dead',
      { ...says(7, null), paneUnknown: 'why' } as Answer,
      dead,
      'dead called alive',
    ],
    ['names a pane whose terminal is gone', says(7), alive(7, { pane: null }), 'wrong pane'],
    ['knows that the terminal is gone', says(7, null), alive(7, { pane: null }), null],
    ['counts a wrong pid before a wrong pane', says(8, null), alive(7), 'wrong pid'],
    ['says that it does not know of the living', { status: 'unknown', reason: 'ambiguous' }, alive(7), null],
    ['says that it does not know of the dead', { status: 'unknown', reason: 'denied' }, dead, null],
    ['calls alive what hangs', says(7), alive(7, { responsive: false }), null],
    ['calls dead what hangs', { status: 'dead' }, alive(7, { responsive: false }), null],
    ['names the wrong pid of what hangs', says(8), alive(7, { responsive: false }), 'wrong pid'],
  ])('%s', (_, answer, truth, wrong) => {
    expect(wrongOf(answer, [truth])).toBe(wrong);
  });

  it('may name a container by either of its numbers, each on its own host only', () => {
    const truth = alive(700, {
      names: [
        { host, pid: 700 },
        { host: 'inner', pid: 2 },
      ],
    });
    const named = (at: string, pid: number): Answer => ({ status: 'alive', process: { host: at, pid }, pane });
    expect(wrongOf(named(host, 700), [truth])).toBeNull();
    expect(wrongOf(named('inner', 2), [truth])).toBeNull();
    expect(wrongOf(named('inner', 700), [truth])).toBe('wrong pid');
    expect(wrongOf(named(host, 2), [truth])).toBe('wrong pid');
  });

  it('is right if it was so at any moment of the reading', () => {
    const truths = [alive(7), dead, alive(9)];
    expect(wrongOf(says(7), truths)).toBeNull();
    expect(wrongOf({ status: 'dead' }, truths)).toBeNull();
    expect(wrongOf(says(9), truths)).toBeNull();
  });

  it('is wrong if it mixes two moments, and the mildest wrong counts', () => {
    const elsewhere = { server: 'bet-b', id: '%9' };
    expect(wrongOf(says(7, elsewhere), [alive(7), alive(9, { pane: elsewhere })])).toBe('wrong pane');
    expect(wrongOf(says(8), [dead, alive(7)])).toBe('wrong pid');
    expect(wrongOf(says(8), [alive(7), dead])).toBe('wrong pid');
    expect(wrongOf(says(8), [dead, dead])).toBe('dead called alive');
  });

  it('cannot be judged by nothing', () => {
    expect(() => wrongOf({ status: 'dead' }, [])).toThrow(RangeError);
  });
});
