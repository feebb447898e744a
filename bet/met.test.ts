import { describe, expect, it } from 'vitest';
import { mishapBefore } from './met.ts';
import type { Mishap } from './model.ts';
import type { Happened } from './world/contract.ts';

/** Planned a second earlier than it was. */
const happened = (mishap: Mishap, sessions: readonly string[]): Happened => {
  return { mishap: { ...mishap, at: mishap.at - 1 }, from: mishap.at, to: mishap.at + 1, sessions, proof: 'told' };
};
const all = [
  happened({ at: 10, kind: 'start', session: 'ada', server: 'bet-a' }, ['ada']),
  happened({ at: 20, kind: 'server-killed', server: 'bet-b' }, ['bob']),
  happened({ at: 30, kind: 'move', session: 'ada', server: 'bet-b' }, ['ada']),
  happened({ at: 50, kind: 'starved', lasts: 20 }, ['ada', 'bob']),
  happened({ at: 60, kind: 'client-gone', server: 'bet-b' }, ['ada']),
  happened({ at: 70, kind: 'exec', session: 'ada' }, ['ada']),
];

describe('the mishap that a wrong row comes after', () => {
  const ada = { session: 'ada' } as const;

  it('is the newest that concerned the session and can be the cause', () => {
    expect(mishapBefore(65, { ...ada, wrong: 'alive called dead' }, all)).toMatchObject({ kind: 'starved' });
    expect(mishapBefore(65, { ...ada, wrong: 'wrong pane' }, all)).toMatchObject({ kind: 'move' });
    expect(mishapBefore(69, { ...ada, wrong: 'wrong pid' }, [...all].reverse())).toMatchObject({ kind: 'move' });
    expect(mishapBefore(70, { ...ada, wrong: 'wrong pid' }, all)).toMatchObject({ kind: 'exec', at: 70 });
    expect(mishapBefore(99, { session: 'bob', wrong: 'dead called alive' }, all)).toMatchObject({
      kind: 'server-killed',
    });
  });

  it('is the newest at all where none can be, and none where there was none', () => {
    const hung = [happened({ at: 5, kind: 'hang', session: 'ada' }, ['ada'])];
    expect(mishapBefore(6, { ...ada, wrong: 'wrong pane' }, hung)).toMatchObject({ kind: 'hang' });
    expect(mishapBefore(4, { ...ada, wrong: 'wrong pane' }, hung)).toBeNull();
  });
});
