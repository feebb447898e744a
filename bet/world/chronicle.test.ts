import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chronicle, type State } from './chronicle.ts';

const ALIVE = { status: 'alive', names: [{ host: 'h', pid: 7 }], pane: null, responsive: true } as const;
const IN_PANE = { ...ALIVE, pane: { server: 'bet-a', id: '%3' } };

describe('a chronicle', () => {
  it('begins with nobody', () => {
    const chronicle = new Chronicle(['ada'], 0);
    expect(chronicle.now('ada')).toEqual({ since: 0, status: 'dead' });
    expect(chronicle.during('ada', 5, 9)).toEqual([{ since: 0, status: 'dead' }]);
    expect(() => chronicle.now('bob')).toThrow('no session is called bob');
  });

  it('tells both while something is done, and the later one after it', () => {
    const chronicle = new Chronicle(['ada'], 0);
    chronicle.begin('ada', 10);
    expect(chronicle.isSettled(9)).toBe(true);
    expect(chronicle.isSettled(10)).toBe(false);
    expect(chronicle.now('ada').status).toBe('dead');
    chronicle.settle('ada', ALIVE, 20);
    expect(chronicle.isSettled(30)).toBe(true);
    expect(chronicle.during('ada', 5, 9).map(({ status }) => status)).toEqual(['dead']);
    expect(chronicle.during('ada', 12, 13).map(({ status }) => status)).toEqual(['dead', 'alive']);
    expect(chronicle.during('ada', 20, 21).map(({ status }) => status)).toEqual(['dead', 'alive']);
    expect(chronicle.during('ada', 20.1, 21)).toEqual([{ since: 10, ...ALIVE }]);
  });

  it('takes what nobody has begun from when it is said', () => {
    const chronicle = new Chronicle(['ada'], 0);
    chronicle.settle('ada', ALIVE, 20);
    expect(chronicle.during('ada', 14, 19)).toHaveLength(1);
    expect(chronicle.during('ada', 20, 20)).toHaveLength(2);
  });

  it('tells what it was in between', () => {
    const chronicle = new Chronicle(['ada'], 0);
    const pane = { server: 'bet-a', id: '%1' };
    chronicle.settle('ada', { ...ALIVE, pane }, 5);
    chronicle.begin('ada', 10, [ALIVE]);
    chronicle.settle('ada', { status: 'dead' }, 20);
    expect(chronicle.during('ada', 8, 9)).toEqual([{ since: 5, ...ALIVE, pane }]);
    expect(chronicle.during('ada', 12, 13)).toEqual([
      { since: 5, ...ALIVE, pane },
      { since: 10, ...ALIVE },
      { since: 10, status: 'dead' },
    ]);
    expect(chronicle.now('ada').status).toBe('dead');
    expect(chronicle.during('ada', 21, 22)).toHaveLength(1);
  });

  it('goes on as before where nothing has come of it', () => {
    const chronicle = new Chronicle(['ada'], 0);
    chronicle.begin('ada', 10);
    chronicle.leave('ada');
    expect(chronicle.isSettled(100)).toBe(true);
    expect(chronicle.during('ada', 11, 12)).toHaveLength(1);
  });
});

/** What is done to a session: a pause, something that lasts, and whether something comes of it. */
const DEEDS = fc.array(
  fc.record({ pause: fc.integer({ min: 1, max: 50 }), lasts: fc.nat(50), comes: fc.boolean(), between: fc.boolean() }),
  { maxLength: 10 },
);

/** Lives through them; what was so at which moments, for certain or perhaps. */
function live(deeds: readonly { pause: number; lasts: number; comes: boolean; between: boolean }[]) {
  const chronicle = new Chronicle(['ada'], 0);
  const doubtful: { readonly from: number; readonly to: number }[] = [];
  let state: State = { status: 'dead' };
  let at = 0;
  for (const { pause, lasts, comes, between } of deeds) {
    const [from, to] = [at + pause, at + pause + lasts];
    at = to;
    chronicle.begin('ada', from, between ? [ALIVE] : []);
    expect(chronicle.isSettled(from - 0.5)).toBe(true);
    expect(chronicle.isSettled(to)).toBe(false);
    if (!comes) {
      chronicle.leave('ada');
      continue;
    }
    state = state.status === 'dead' ? IN_PANE : { status: 'dead' };
    chronicle.settle('ada', state, to);
    doubtful.push({ from, to });
  }
  return { chronicle, doubtful, state, end: at };
}

describe('any chronicle', () => {
  it('is sure of one thing wherever nothing is being done, and of that which came last in the end', () => {
    fc.assert(
      fc.property(DEEDS, fc.nat(600), fc.nat(40), (deeds, from, lasts) => {
        const { chronicle, doubtful, state, end } = live(deeds);
        const known = chronicle.during('ada', from, from + lasts);
        const isCalm = doubtful.every((it) => it.to < from || it.from > from + lasts);
        if (isCalm) expect(known).toHaveLength(1);
        else expect(known.length).toBeGreaterThan(1);
        expect(chronicle.during('ada', end + 1, end + 2)).toMatchObject([state]);
        expect(chronicle.now('ada')).toMatchObject(state);
      }),
    );
  });

  it('tells of a longer time all that it tells of a part of it, in the same order', () => {
    fc.assert(
      fc.property(DEEDS, fc.nat(600), fc.nat(40), fc.nat(40), (deeds, from, before, after) => {
        const { chronicle } = live(deeds);
        const part = chronicle.during('ada', from, from);
        const whole = chronicle.during('ada', from - before, from + after);
        expect(whole.filter((truth) => part.includes(truth))).toEqual(part);
      }),
    );
  });
});
