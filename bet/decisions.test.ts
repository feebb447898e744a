import { describe, expect, it } from 'vitest';
import { decide } from './decisions.ts';
import type { Answer, Decision, Outcome, Reading, Truth } from './model.ts';
import type { Tick, TruthBook } from './world/contract.ts';

const host = 'outer';
const paneOf = (id: string) => ({ server: 'bet-a', id });
const alive = (pid: number, id: string | null, responsive = true): Truth => {
  return { since: 0, status: 'alive', names: [{ host, pid }], pane: id === null ? null : paneOf(id), responsive };
};
const dead: Truth = { since: 0, status: 'dead' };
const says = (pid: number | null, id: string | null): Answer => {
  return { status: 'alive', process: pid === null ? null : { host, pid }, pane: id === null ? null : paneOf(id) };
};

/** ada lives, bob is dead, cy hangs, dee has lost her terminal; pid 99 and pane %9 are somebody else's. */
const truths: Readonly<Record<string, Truth>> = {
  ada: alive(1, '%1'),
  bob: dead,
  cy: alive(3, '%3', false),
  dee: alive(4, null),
};
const HOLDERS: Readonly<Record<number, string>> = { 1: 'ada', 3: 'cy', 4: 'dee', 99: 'other' };
const OCCUPANTS: Readonly<Record<string, string>> = { '%1': 'ada', '%3': 'cy', '%9': 'other' };
const who = (name: string | undefined) => (name === undefined ? null : name === 'other' ? name : { session: name });
const truth: TruthBook = {
  during: (session) => [truths[session] as Truth],
  now: (session) => truths[session] as Truth,
  holderOf: ({ pid }) => who(HOLDERS[pid]),
  occupantOf: ({ id }) => who(OCCUPANTS[id]),
};

const reading = (answers: Readonly<Record<string, Answer>>): Reading => {
  return { asked: 0, answered: 1, answers: new Map(Object.entries(answers)) };
};
const tick = (of: Reading, name: string): Tick => {
  return { system: 'tmux', reading: of, weightMs: 1000, nudge: name, signal: name, route: 0 };
};

describe('a decision', () => {
  it.each<[Decision, string, Answer, Outcome]>([
    ['nudge', 'ada', says(1, '%1'), 'right'],
    ['nudge', 'ada', says(1, '%3'), 'wrong target'],
    ['nudge', 'ada', says(1, '%9'), 'wrong target'],
    ['nudge', 'ada', says(1, '%7'), 'failed'],
    ['nudge', 'ada', says(1, null), 'missed'],
    ['nudge', 'ada', { status: 'dead' }, 'missed'],
    ['nudge', 'ada', { status: 'unknown', reason: 'ambiguous' }, 'missed'],
    ['nudge', 'bob', says(2, '%2'), 'failed'],
    ['nudge', 'bob', says(2, '%9'), 'wrong target'],
    ['nudge', 'bob', { status: 'dead' }, 'withheld'],
    ['nudge', 'cy', says(3, '%3'), 'failed'],
    ['nudge', 'cy', { status: 'dead' }, 'withheld'],
    ['nudge', 'dee', says(4, null), 'withheld'],
    ['nudge', 'dee', says(4, '%4'), 'failed'],
    ['signal', 'ada', says(1, null), 'right'],
    ['signal', 'ada', says(3, '%1'), 'wrong target'],
    ['signal', 'ada', says(99, '%1'), 'wrong target'],
    ['signal', 'ada', says(50, '%1'), 'failed'],
    ['signal', 'ada', says(null, '%1'), 'missed'],
    ['signal', 'ada', { status: 'dead' }, 'missed'],
    ['signal', 'bob', says(2, '%2'), 'failed'],
    ['signal', 'bob', says(99, '%2'), 'wrong target'],
    ['signal', 'bob', { status: 'unknown', reason: 'denied' }, 'withheld'],
    ['signal', 'cy', says(3, '%3'), 'right'],
    ['signal', 'cy', { status: 'dead' }, 'missed'],
    ['signal', 'dee', says(4, null), 'right'],
  ])('%s %s, of whom is said %j: %s', (decision, name, answer, outcome) => {
    const judged = decide(decision, tick(reading({ [name]: answer }), name), [name], truth);
    expect(judged.outcome).toBe(outcome);
    expect(judged.session).toBe(name);
  });

  it('is withheld or missed where a session has no answer, or there is none at all', () => {
    for (const it of [reading({}), { asked: 0, answered: 1, failure: 'the database is away' }]) {
      expect(decide('nudge', tick(it, 'ada'), [], truth).outcome).toBe('missed');
      expect(decide('nudge', tick(it, 'bob'), [], truth).outcome).toBe('withheld');
      expect(decide('signal', tick(it, 'cy'), [], truth).outcome).toBe('missed');
      expect(decide('route', tick(it, 'ada'), ['ada', 'bob'], truth).outcome).toBe('missed');
      expect(decide('route', tick(it, 'bob'), ['bob', 'cy', 'dee'], truth).outcome).toBe('withheld');
    }
  });

  it('routes to the first that is called alive and has a pane', () => {
    const order = ['bob', 'dee', 'cy', 'ada'];
    const all = { ada: says(1, '%1'), cy: says(3, '%3'), dee: says(4, null) };
    const { ada, dee } = all;
    expect(decide('route', tick(reading(all), 'ada'), order, truth)).toMatchObject({
      outcome: 'failed',
      session: 'cy',
    });
    expect(decide('route', tick(reading({ ada, dee }), 'ada'), order, truth)).toMatchObject({
      outcome: 'right',
      session: 'ada',
    });
    const ghost = { ...all, bob: says(2, '%1') };
    expect(decide('route', tick(reading(ghost), 'ada'), order, truth)).toMatchObject({
      outcome: 'wrong target',
      session: 'bob',
    });
    expect(decide('route', tick(reading({ dee }), 'ada'), ['dee'], truth)).toEqual({
      outcome: 'withheld',
      session: null,
      answer: null,
    });
    // From the third on, and round.
    const { outcome, session } = decide('route', { ...tick(reading(ghost), 'ada'), route: 0.8 }, order, truth);
    expect([outcome, session]).toEqual(['right', 'ada']);
    const round = decide('route', { ...tick(reading({ bob: says(2, '%1') }), 'ada'), route: 0.8 }, order, truth);
    expect(round).toMatchObject({ outcome: 'wrong target', session: 'bob' });
  });
});
