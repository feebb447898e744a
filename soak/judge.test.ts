import { describe, expect, it } from 'vitest';
import { boundMs, heldBoundMs, SLACK_MS } from './bounds.ts';
import { differenceOf, judgeReading, type LiveRow, type Reading } from './judge.ts';
import { type Living, Timeline } from './timeline.ts';

const LIVING: Living = { pid: 7, startTimeTicks: '99', terminal: 'pts/3', pane: 'ada:0.0 %1' };
const ROW: LiveRow = {
  name: 'ada',
  status: 'alive',
  freshness: 'connected',
  pid: 7,
  startTimeTicks: '99',
  terminal: 'pts/3',
  pane: 'ada:0.0 %1',
  observedAt: '',
  storedStatus: 'alive',
};
const DEAD: LiveRow = { ...ROW, status: 'dead' };
const pass = (fromMs: number) => ({ fromMs, toMs: fromMs + 100, lookMs: 40 });

/** `ada` on `red` runs from 10 s on and has ended at 20 s; a change takes 10 ms. */
function story(): { readonly timeline: Timeline; readonly at: (ms: number) => void } {
  let nowMs = 0;
  const timeline = new Timeline(() => nowMs);
  const at = (ms: number) => {
    nowMs = ms;
  };
  for (const [ms, living] of [
    [10_000, LIVING],
    [20_000, null],
  ] as const) {
    at(ms);
    const change = timeline.begin('red', 'ada');
    at(ms + 10);
    change.done(living);
  }
  return { timeline, at };
}

function judge(row: LiveRow | null, reading: Partial<Reading>, timeline = story().timeline) {
  const rows = new Map(row === null ? [['eve', { ...DEAD, name: 'eve' }]] : [['ada', row]]);
  const askedMs = reading.askedMs ?? 0;
  const whole = {
    host: 'red',
    rows,
    askedMs,
    answeredMs: askedMs + 5,
    passes: [],
    watcherDownSinceMs: null,
  };
  return judgeReading({ ...whole, ...reading }, ['ada'], timeline)[0];
}

describe('judgeReading()', () => {
  it('lets a row be as old as the last look that was committed, and no older', () => {
    const before = { askedMs: 20_700, passes: [pass(19_900), pass(20_900)] };
    expect(judge(ROW, before)?.judgement).toBe('right');
    expect(judge(ROW, { ...before, passes: [pass(20_010 + SLACK_MS + 1), pass(21_300)] })).toMatchObject({
      judgement: 'wrong',
      why: 'alive, and it does not run',
    });
    expect(judge(DEAD, { ...before, passes: [pass(20_300)] })?.judgement).toBe('right');
  });

  it('calls a row wrong that no look has mended for longer than the bound', () => {
    const passes = [pass(19_900), pass(30_000)];
    const bound = boundMs(pass(19_900), pass(30_000));
    expect(bound).toBe(1000 + 100 + SLACK_MS);
    expect(judge(ROW, { passes, askedMs: 20_010 + bound })?.judgement).toBe('right');
    expect(judge(ROW, { passes, askedMs: 20_010 + bound + SLACK_MS + 1 })?.judgement).toBe('wrong');
  });

  it('waits longer where looks are dear', () => {
    expect(boundMs({ fromMs: 0, toMs: 200, lookMs: 150 }, null)).toBe(3000 + 200 + SLACK_MS);
  });

  it('waits no longer for a look since the next one was dear, nor since the last pass was long', () => {
    const [quick, slow] = [pass(0), { fromMs: 1000, toMs: 1700, lookMs: 500 }];
    expect(boundMs(quick, slow)).toBe(1000 + 700 + SLACK_MS);
    expect(boundMs({ ...slow, lookMs: 40 }, quick)).toBe(1000 + 100 + SLACK_MS);
  });

  it('calls it wrong that a pane is not told for longer than its multiplexer may be late', () => {
    const { timeline, at } = story();
    at(40_000);
    timeline.begin('red', 'ada').done(LIVING);
    const of = (askedMs: number) => judge({ ...ROW, pane: null }, { askedMs, passes: [pass(askedMs - 200)] }, timeline);
    expect(of(60_000)?.judgement).toBe('unnamed pane');
    expect(of(80_000)?.judgement).toBe('wrong');
  });

  it('sees that all rows of a host are missing, and a row of a name that nobody has', () => {
    const { timeline } = story();
    const reading = { host: 'red', askedMs: 15_000, answeredMs: 15_005, watcherDownSinceMs: null };
    const of = (passes: Reading['passes'], ...rows: readonly LiveRow[]) => {
      const byName = new Map(rows.map((row) => [row.name, row]));
      return judgeReading({ ...reading, passes, rows: byName }, ['ada'], timeline).map(({ judgement }) => judgement);
    };
    expect(of([])).toEqual(['unknown']);
    expect(of([pass(14_800)])).toEqual(['wrong']);
    expect(of([pass(14_800)], ROW, { ...DEAD, name: 'eve' })).toEqual(['right', 'wrong']);
    expect(of([pass(14_800)], { ...ROW, status: 'unknown' })).toEqual(['wrong']);
  });

  it('takes a missing row for a dead one, where somebody keeps the rows', () => {
    expect(judge(null, { askedMs: 9000, passes: [pass(8900)] })?.judgement).toBe('right');
    expect(judge(null, { askedMs: 15_000, passes: [pass(14_900)] })).toMatchObject({ why: 'no row, and it runs' });
  });

  it('has no judgement of what is unknown, and one of what nobody keeps and is told all the same', () => {
    const [gone, askedMs] = [{ ...ROW, freshness: 'gone' }, 30_000];
    expect(judge({ ...gone, status: 'unknown' }, { askedMs })?.judgement).toBe('unknown');
    expect(judge(gone, { askedMs })?.judgement).toBe('wrong');
    const killed = { askedMs, passes: [pass(29_900)], watcherDownSinceMs: 28_000 };
    expect(judge(DEAD, killed)?.why).toMatch(/connected, and its watcher was killed/);
  });

  it('allows for held deaths where more than half die, for two seconds and another look', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    let nowMs = 0;
    const timeline = new Timeline(() => nowMs);
    for (const living of [LIVING, null]) {
      nowMs += 10_000;
      for (const name of names) timeline.begin('red', name).done(living);
    }
    const of = (askedMs: number, looks: readonly number[], some: readonly string[] = names) => {
      const rows = new Map(names.map((name) => [name, some.includes(name) ? { ...ROW, name } : { ...DEAD, name }]));
      const passes = looks.map(pass);
      const reading = { host: 'red', rows, askedMs, answeredMs: askedMs, watcherDownSinceMs: null, passes };
      return judgeReading(reading, names, timeline).map(({ judgement }) => judgement);
    };
    const all = (judgement: string) => Array(5).fill(judgement);
    expect(of(21_800, [20_400, 21_400])).toEqual(all('held'));
    expect(of(22_400, [20_400, 21_400, 22_410])).toEqual(all('held'));
    // Terminals that go have woken it again and again.
    const often = [20_400, 20_700, 21_000, 21_300, 21_600, 21_900, 22_200];
    expect(of(22_400, often)).toEqual(all('held'));
    expect(of(23_000, [...often, 22_800])).toEqual(all('wrong'));
    expect(of(23_200, [20_400, 21_400, 22_400, 23_000], ['a'])).toEqual(['wrong', 'right', 'right', 'right', 'right']);
    expect(of(23_200, [20_400, 21_400, 23_000])).toEqual(all('wrong'));
    const bound = heldBoundMs(pass(20_400), null);
    expect(of(20_400 + bound, [20_400])).toEqual(all('held'));
    expect(of(20_400 + bound + 1, [20_400])).toEqual(all('wrong'));
  });

  it('allows for one that dies while many are held to be held for its own two seconds, also when those are written', () => {
    const many = ['a', 'b', 'c', 'd'];
    let nowMs = 0;
    const timeline = new Timeline(() => nowMs);
    const become = (ms: number, living: Living | null, names: readonly string[]) => {
      nowMs = ms;
      for (const name of names) timeline.begin('red', name).done(living);
    };
    become(10_000, LIVING, [...many, 'e']);
    become(20_000, null, many);
    become(20_900, null, ['e']);
    const of = (askedMs: number, looks: readonly number[]) => {
      const rows = new Map(many.map((name): [string, LiveRow] => [name, { ...DEAD, name }]));
      rows.set('e', { ...ROW, name: 'e' });
      const passes = looks.map(pass);
      const reading = { host: 'red', rows, askedMs, answeredMs: askedMs, watcherDownSinceMs: null, passes };
      return judgeReading(reading, [...many, 'e'], timeline).at(-1)?.judgement;
    };
    const looks = [20_400, 21_000, 21_600, 22_200, 22_900];
    expect(of(23_050, looks)).toBe('held');
    expect(of(23_600, [...looks, 23_400])).toBe('wrong');
  });

  it('lets a row tell where a pane was before while its multiplexer may be late, or its process ended meanwhile', () => {
    let nowMs = 0;
    const timeline = new Timeline(() => nowMs);
    const [moved, other] = [
      { ...LIVING, pane: 'ada:3.0 %1' },
      { ...LIVING, pid: 8, startTimeTicks: '120' },
    ];
    for (const [ms, living] of [
      [10_000, LIVING],
      [20_000, moved],
      [70_050, other],
    ] as const) {
      nowMs = ms;
      timeline.begin('red', 'ada').done(living);
    }
    const of = (looks: readonly number[], askedMs: number) => {
      return judge(ROW, { askedMs, passes: looks.map(pass) }, timeline)?.judgement;
    };
    expect(of([50_000], 50_200)).toBe('older pane');
    expect(of([60_000], 60_200)).toBe('wrong');
    expect(of([70_000], 70_200)).toBe('older pane');
    expect(of([70_000, 70_500], 70_700)).toBe('wrong');
  });

  it('does not judge what is being changed', () => {
    const { timeline, at } = story();
    at(30_000);
    const change = timeline.begin('red', 'ada');
    at(31_000);
    expect(judge(ROW, { askedMs: 30_500, passes: [pass(30_400)] }, timeline)?.judgement).toBe('changing');
    change.done(LIVING, null);
    expect(judge(ROW, { askedMs: 30_500, passes: [pass(30_400)] }, timeline)?.judgement).toBe('right');
    expect(judge(DEAD, { askedMs: 30_500, passes: [pass(30_400)] }, timeline)?.judgement).toBe('right');
    expect(judge(DEAD, { askedMs: 33_500, passes: [pass(33_400)] }, timeline)?.judgement).toBe('wrong');
  });
});

describe('differenceOf()', () => {
  it.each([
    [{ pid: 8 }, '8, and 7 runs'],
    [{ startTimeTicks: '98' }, '7, and 7 runs'],
    [{ terminal: 'pts/4' }, 'on pts/4, and it runs on pts/3'],
    [{ pane: 'ada:1.0 %1' }, 'in ada:1.0 %1, and it is in ada:0.0 %1'],
    [{ status: 'ambiguous' }, 'ambiguous, and it runs'],
    [{}, null],
  ])('%o: %s', (change, why) => {
    expect(differenceOf({ ...ROW, ...change }, LIVING)).toBe(why);
  });
});
