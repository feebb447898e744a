import { describe, expect, it } from 'vitest';
import { metBy, mishapBefore } from './met.ts';
import type { Mishap } from './model.ts';

const mishaps: Mishap[] = [
  { at: 0, kind: 'start', session: 'ada', server: 'bet-a' },
  { at: 0, kind: 'start', session: 'bob', server: 'bet-b' },
  { at: 10, kind: 'kill', session: 'bob' },
  { at: 20, kind: 'server-killed', server: 'bet-b' },
  { at: 30, kind: 'move', session: 'ada', server: 'bet-b' },
  { at: 40, kind: 'client-gone', server: 'bet-b' },
  { at: 50, kind: 'starved', lasts: 20 },
  { at: 60, kind: 'client-gone', server: 'bet-a' },
  { at: 70, kind: 'exec', session: 'ada' },
];

describe('the mishap that a wrong row comes after', () => {
  it('is one that the session met: its own, of the server it was on, of the whole host', () => {
    expect(metBy('ada', mishaps).map(({ at }) => at)).toEqual([0, 30, 40, 50, 70]);
    expect(metBy('bob', [...mishaps].reverse()).map(({ at }) => at)).toEqual([0, 10, 20, 40, 50]);
  });

  it('is the newest that can be the cause', () => {
    const ada = { session: 'ada' } as const;
    expect(mishapBefore(65, { ...ada, wrong: 'alive called dead' }, mishaps)).toMatchObject({ kind: 'starved' });
    expect(mishapBefore(65, { ...ada, wrong: 'wrong pane' }, mishaps)).toMatchObject({ kind: 'move' });
    expect(mishapBefore(69, { ...ada, wrong: 'wrong pid' }, mishaps)).toMatchObject({ kind: 'move' });
    expect(mishapBefore(70, { ...ada, wrong: 'wrong pid' }, mishaps)).toMatchObject({ kind: 'exec' });
  });

  it('is the newest at all where none can be, and none where there was none', () => {
    const hung: Mishap[] = [{ at: 5, kind: 'hang', session: 'ada' }];
    expect(mishapBefore(6, { session: 'ada', wrong: 'wrong pane' }, hung)).toMatchObject({ kind: 'hang' });
    expect(mishapBefore(4, { session: 'ada', wrong: 'wrong pane' }, hung)).toBeNull();
  });
});
