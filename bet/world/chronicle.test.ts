import { describe, expect, it } from 'vitest';
import { Chronicle } from './chronicle.ts';

const ALIVE = { status: 'alive', names: [{ host: 'h', pid: 7 }], pane: null, responsive: true } as const;

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

  it('takes what nobody has begun from when it may have been', () => {
    const chronicle = new Chronicle(['ada'], 0);
    chronicle.settle('ada', ALIVE, 20, 15);
    expect(chronicle.during('ada', 14, 14.5)).toHaveLength(1);
    expect(chronicle.during('ada', 16, 17)).toHaveLength(2);
  });

  it('tells what it was in between', () => {
    const chronicle = new Chronicle(['ada'], 0);
    const pane = { server: 'bet-a', id: '%1' };
    chronicle.settle('ada', { ...ALIVE, pane }, 5);
    chronicle.begin('ada', 10, ALIVE);
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
