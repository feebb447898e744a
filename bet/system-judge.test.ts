import { describe, expect, it } from 'vitest';
import { openJudge } from './judge.ts';
import type { Answer, Cost, Mishap, NamedProcess, PaneName, Reading, Truth } from './model.ts';
import { SystemJudge } from './system-judge.ts';
import type { Happened, TruthBook } from './world/contract.ts';

const host = 'outer';
const pane = { server: 'bet-a', id: '%1' };
const STARTED = 1_000_000;
const COST: Cost = {
  keepingCpuSeconds: 1,
  readingCpuSeconds: 2,
  databaseCpuSeconds: 3,
  readings: 4,
  rowsWritten: 5,
  walBytes: 6,
};
const says = (pid: number): Answer => ({ status: 'alive', process: { host, pid }, pane });
const alive = (second: number, pid: number, responsive = true): Truth => {
  return { since: STARTED + second * 1000, status: 'alive', names: [{ host, pid }], pane, responsive };
};
const dead = (second: number): Truth => ({ since: STARTED + second * 1000, status: 'dead' });

/** What is so by a list, at the second that a test says it is. */
class Told implements TruthBook {
  second = 0;
  readonly truths: Readonly<Record<string, readonly Truth[]>>;
  constructor(truths: Readonly<Record<string, readonly Truth[]>>) {
    this.truths = truths;
  }
  during(session: string, from: number, to: number): readonly Truth[] {
    const all = this.truths[session] ?? [];
    return all.filter((it, index) => it.since <= to && (all[index + 1]?.since ?? Infinity) > from);
  }
  now(session: string): Truth {
    return this.during(session, STARTED + this.second * 1000, STARTED + this.second * 1000).at(-1) as Truth;
  }
  holderOf({ pid }: NamedProcess): { readonly session: string } | null {
    return this.#who((truth) => truth.names.some((name) => name.pid === pid));
  }
  occupantOf({ id }: PaneName): { readonly session: string } | null {
    return this.#who((truth) => truth.pane?.id === id);
  }
  #who(has: (truth: Truth & { status: 'alive' }) => boolean): { readonly session: string } | null {
    const found = Object.keys(this.truths).find((name) => {
      const truth = this.now(name);
      return truth.status === 'alive' && has(truth);
    });
    return found === undefined ? null : { session: found };
  }
}

type Seconds = readonly [asked: number, answered: number, Readonly<Record<string, Answer>> | string];

function play(truths: Readonly<Record<string, readonly Truth[]>>, readings: readonly Seconds[]) {
  const truth = new Told(truths);
  const judge = new SystemJudge('pid files', { sessions: Object.keys(truths), startedAt: STARTED, truth });
  let last = 0;
  for (const [asked, answered, what] of readings) {
    truth.second = answered;
    const times = { asked: STARTED + asked * 1000, answered: STARTED + answered * 1000 };
    const answers = typeof what === 'string' ? { failure: what } : { answers: new Map(Object.entries(what)) };
    const reading = { ...times, ...answers } as Reading;
    const weightMs = (answered - last) * 1000;
    const tick = { system: 'pid files', reading, weightMs, nudge: 'ada', signal: 'ada', route: 0 } as const;
    judge.decide(tick);
    judge.weigh(tick);
    last = answered;
  }
  return judge;
}

const kill = { at: 2500, kind: 'kill', session: 'ada' } as const;
const start = { at: 0, kind: 'start', session: 'ada', server: 'bet-a' } as const;
const happened = (mishap: Mishap & { session: string }): Happened => {
  const from = STARTED + mishap.at;
  // It was planned at another time.
  return { mishap: { ...mishap, at: mishap.at + 77 }, from, to: from, sessions: [mishap.session], proof: 'told' };
};
const mishaps = [start, { ...start, session: 'bob' }, kill].map(happened);

describe('a system', () => {
  it('is weighed by the time since its last reading', () => {
    const truths = { ada: [alive(0, 1), dead(2.5)], bob: [alive(0, 2)] };
    const both = { ada: says(1), bob: says(2) };
    const result = play(truths, [
      [0.5, 1, both],
      [2, 2, both],
      [3.5, 4, both],
      [5, 5, { bob: says(2) }],
    ]).result(mishaps, COST);
    expect(result.rowSeconds).toBe(10);
    expect(result.wrongSeconds).toEqual({
      'dead called alive': 2,
      'alive called dead': 0,
      'wrong pid': 0,
      'wrong pane': 0,
    });
    expect(result.stretches).toEqual([
      {
        session: 'ada',
        wrong: 'dead called alive',
        from: 4000,
        to: 4000,
        seconds: 2,
        readings: 1,
        asked: 3500,
        answer: says(1),
        lastSo: { whole: 2500, inParts: 2500 },
        truth: { since: 2500, status: 'dead' },
        after: kill,
        afterMs: 1500,
      },
    ]);
    expect(result.readingMs).toEqual({ median: 250, p99: 500 });
    expect(result.cost).toBe(COST);
  });

  it('is told how much of what was right while it was read was so no longer when it was answered', () => {
    const result = play({ ada: [alive(0, 1), dead(2.5)] }, [
      [2, 2, { ada: says(1) }],
      [2.4, 4, { ada: says(1) }],
      [5, 5, 'refused'],
      [6, 6, { ada: { status: 'unknown', reason: 'denied' } }],
    ]).result(mishaps, COST);
    expect(result.stretches).toEqual([]);
    expect(result.outdatedSeconds).toBe(2);
    expect(result.readings).toEqual([
      { asked: 2000, answered: 2000, failed: false },
      { asked: 2400, answered: 4000, failed: false },
      { asked: 5000, answered: 5000, failed: true },
      { asked: 6000, answered: 6000, failed: false },
    ]);
  });

  it('counts a session without an answer as called dead', () => {
    const { wrongSeconds } = play({ ada: [alive(0, 1)] }, [[1, 1, {}]]).result(mishaps, COST);
    expect(wrongSeconds['alive called dead']).toBe(1);
  });

  it('counts what is unanswered and unknown apart, with the reasons, and neither ends a stretch', () => {
    const result = play({ ada: [alive(0, 1), dead(2.5)] }, [
      [3, 3, { ada: says(1) }],
      [4, 4, 'refused'],
      [6, 6, { ada: { status: 'unknown', reason: 'denied' } }],
      [7, 7, { ada: says(1) }],
    ]).result(mishaps, COST);
    expect(result.unansweredSeconds).toBe(1);
    expect(result.whyUnanswered).toEqual({ refused: 1 });
    expect(result.unknownSeconds).toBe(2);
    expect(result.whyUnknown).toEqual({ denied: 2 });
    expect(result.stretches).toMatchObject([
      { from: 3000, to: 7000, seconds: 4, readings: 2, after: kill, afterMs: 500 },
    ]);
    expect(result.decisions.nudge).toMatchObject({ failed: 2, withheld: 2 });
  });

  it('counts as unknown whoever does not know the pane of what it rightly calls alive', () => {
    const lost: Answer = { status: 'alive', process: { host, pid: 1 }, pane: null, paneUnknown: 'no answer' };
    const result = play({ ada: [alive(0, 1), alive(3, 2)] }, [
      [2, 2, { ada: lost }],
      [4, 5, { ada: lost }],
    ]).result(mishaps, COST);
    expect(result.whyUnknown).toEqual({ 'its pane: no answer': 2 });
    expect(result.stretches).toMatchObject([{ wrong: 'wrong pid', seconds: 3 }]);
    expect(result.decisions.nudge).toMatchObject({ missed: 2 });
  });

  it('counts as unknown, once, whoever knows neither pid nor pane', () => {
    const lost: Answer = {
      ...{ status: 'alive', process: null, processUnknown: 'a launcher' },
      ...{ pane: null, paneUnknown: 'no answer' },
    };
    const result = play({ ada: [alive(0, 1), dead(3)] }, [
      [2, 2, { ada: lost }],
      [4, 4, { ada: lost }],
    ]).result(mishaps, COST);
    expect(result.whyUnknown).toEqual({ 'its pid: a launcher': 2 });
    expect(result.stretches).toMatchObject([{ wrong: 'dead called alive', seconds: 2 }]);
    expect(result.decisions.signal).toMatchObject({ missed: 1, withheld: 1 });
  });

  it('ends a stretch where something else is said, which is as wrong', () => {
    const { stretches } = play({ ada: [alive(0, 1), alive(2, 2), alive(4, 3)] }, [
      [3, 3, { ada: says(1) }],
      [5, 5, { ada: says(2) }],
      [6, 6, { ada: says(2) }],
      [7, 7, { ada: says(9) }],
    ]).result(mishaps, COST);
    expect(stretches).toMatchObject([
      { answer: says(1), from: 3000, to: 3000, lastSo: { whole: 2000 } },
      { answer: says(2), from: 5000, to: 6000, lastSo: { whole: 4000 } },
      { answer: says(9), from: 7000, to: 7000, lastSo: { whole: null, inParts: null } },
    ]);
  });

  it('ends a stretch where the row is right, or wrong in another way', () => {
    const { stretches } = play({ ada: [alive(0, 1), dead(2.5), alive(4.5, 9)] }, [
      [3, 3, { ada: says(1) }],
      [5, 5, { ada: says(1) }],
      [6, 6, { ada: says(9) }],
      [7, 7, { ada: says(1) }],
    ]).result([...mishaps, happened({ ...start, at: 4500 })], COST);
    expect(stretches).toMatchObject([
      { wrong: 'dead called alive', from: 3000, to: 3000, after: { kind: 'kill' } },
      { wrong: 'wrong pid', from: 5000, to: 5000, after: { kind: 'start', at: 4500 }, afterMs: 500 },
      { wrong: 'wrong pid', from: 7000, to: 7000 },
    ]);
  });

  it('is not wrong to call alive or dead what hangs; how long it called it alive is counted', () => {
    const truths = { ada: [alive(0, 1), alive(2, 1, false)] };
    const living = { ada: says(1) };
    const kernel = play(truths, [
      [1, 1, living],
      [3, 3, living],
      [5, 5, living],
    ]).result(mishaps, COST);
    const heartbeat = play(truths, [
      [1, 1, living],
      [3, 3, living],
      [5, 5, {}],
    ]).result(mishaps, COST);
    expect(kernel.stretches).toEqual([]);
    expect(heartbeat.stretches).toEqual([]);
    expect(kernel.hungCalledAliveSeconds).toBe(4);
    expect(heartbeat.hungCalledAliveSeconds).toBe(2);
    expect(kernel.decisions.nudge).toMatchObject({ right: 1, failed: 2 });
    expect(heartbeat.decisions.nudge).toMatchObject({ right: 1, failed: 1, withheld: 1 });
    expect(heartbeat.decisions.signal).toMatchObject({ right: 2, missed: 1 });
  });

  it('names each mistaken decision', () => {
    const { mistakes } = play({ ada: [alive(0, 1), dead(2.5)] }, [[3, 3, { ada: says(1) }]]).result(mishaps, COST);
    const truth = { since: 2500, status: 'dead' };
    expect(mistakes).toEqual(
      ['nudge', 'signal', 'route'].map((decision) => {
        return { decision, outcome: 'failed', session: 'ada', at: 3000, answer: says(1), truth };
      }),
    );
  });

  it('refuses readings that are out of order', () => {
    expect(() =>
      play({ ada: [dead(0)] }, [
        [2, 2, {}],
        [1, 1, {}],
      ]),
    ).toThrow(/out of order/);
    expect(() => play({ ada: [dead(0)] }, [[3, 2, {}]])).toThrow(/out of order/);
  });

  it('is judged by itself, among all systems of a run', () => {
    const truth = new Told({ ada: [alive(0, 1)] });
    const run = { sessions: ['ada'], truth, happened: mishaps, startedAt: STARTED };
    const judge = openJudge({ ...run, systems: ['tmux', 'pid files'] });
    const reading: Reading = { asked: STARTED, answered: STARTED + 1000, answers: new Map([['ada', says(1)]]) };
    const tick = { reading, weightMs: 1000, nudge: 'ada', signal: 'ada', route: 0 } as const;
    const failed = { ...tick, reading: { asked: STARTED, answered: STARTED + 1000, failure: 'no server' } };
    judge.decide({ ...tick, system: 'tmux' });
    judge.judge({ ...tick, system: 'tmux' });
    judge.decide({ ...failed, system: 'pid files' });
    judge.judge({ ...failed, system: 'pid files' });
    const costs = new Map([['tmux', COST] as const, ['pid files', COST] as const]);
    expect(judge.results(costs)).toMatchObject([
      { system: 'tmux', rowSeconds: 1, unansweredSeconds: 0, decisions: { nudge: { right: 1 } } },
      { system: 'pid files', rowSeconds: 1, unansweredSeconds: 1, decisions: { nudge: { missed: 1 } } },
    ]);
    expect(() => judge.decide({ ...tick, system: 'observe()' })).toThrow(/takes no part/);
    expect(() => judge.results(new Map())).toThrow(/nobody knows what tmux has cost/);
  });
});
