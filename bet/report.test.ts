import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunResult, WrongStretch } from './model.ts';
import { causeOf } from './report/causes.ts';
import { explanations } from './report/explanations.ts';
import { madeUpRun } from './report/made-up.ts';
import { figure, summarise, withInterval } from './report/summary.ts';
import { mainTable } from './report/tables.ts';
import { fill, plainReport, writeReport } from './report.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-bet-report-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));
const runs = [1, 2, 3].map((seed) => madeUpRun(seed));

describe('the report', () => {
  it('fills the page that is there, again and again, and leaves the prose', () => {
    fs.copyFileSync(path.join(import.meta.dirname, '../docs/the-bet.md'), path.join(directory, 'the-bet.md'));
    const about = { date: new Date('2026-01-02T03:04:05Z'), machine: 'Node v0, Linux 0', command: 'npm run bet' };
    writeReport(directory, runs, about);
    const page = fs.readFileSync(path.join(directory, 'the-bet.md'), 'utf8');
    expect(page).toContain('Measured on 2026-01-02 by `npm run bet`. 3 runs (seeds 1, 2, 3), 8 sessions, 120 s.');
    for (const [, file = ''] of page.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)) {
      expect(fs.readFileSync(path.join(directory, file), 'utf8')).toMatch(/^<svg /);
    }
    expect(page.match(/!\[/g)).toHaveLength(4);
    writeReport(directory, runs, about);
    expect(fs.readFileSync(path.join(directory, 'the-bet.md'), 'utf8')).toBe(page);
  });

  it('counts only what was answered, where it says that nothing was wrong', () => {
    const page = fs.readFileSync(path.join(directory, 'the-bet.md'), 'utf8');
    // Three runs of 120 readings, of which each twelfth has failed.
    expect(page).toContain('plumb list (none of 330)');
  });

  it('can be read in a terminal', () => {
    const text = plainReport(runs);
    expect(text).toMatch(/^3 runs \(seeds 1, 2, 3\), 8 sessions, 120 s\.\n/);
    expect(text).toMatch(/\n {2}heartbeat 60 s {2,}[\d.]+ \(/);
    expect(text).toContain('**plumb list**');
  });

  it('does not leave out a part that the page has no place for', () => {
    expect(() => fill('prose', { about: 'x' })).toThrow(/no place for about/);
    const page = 'a\n<!-- about: written by npm run bet -->\nold\n<!-- about: end -->\nb';
    expect(fill(page, { about: 'costs $& and $1' })).toBe(
      'a\n<!-- about: written by npm run bet -->\n\ncosts $& and $1\n\n<!-- about: end -->\nb',
    );
  });

  it('compares only what was in every run', () => {
    const [first, second] = [madeUpRun(1), madeUpRun(2)];
    const without: RunResult = { ...second, systems: second.systems.filter(({ system }) => system !== 'tmux') };
    const names = summarise([first, without]).map(({ system }) => system);
    expect(names).not.toContain('tmux');
    expect(names).toContain('plumb list');
    const rows = mainTable(summarise(runs)).rows.map(([system]) => system);
    expect(rows).toEqual(first.systems.map(({ system }) => system));
  });

  it('writes a number as it is: nothing is 0, something small is not', () => {
    expect([0, 0.001, 0.5, 12.34, 123.4].map(figure)).toEqual(['0', '< 0.01', '0.50', '12.3', '123']);
    expect(withInterval({ mean: 5, low: 0, high: 11, runs: 3 })).toBe('5.00 (0 to 11.0)');
    expect(withInterval({ mean: 5, low: null, high: null, runs: 1 })).toBe('5.00');
  });
});

const run = madeUpRun(1);
const some = run.systems.flatMap(({ stretches }) => stretches)[0] as WrongStretch;
const kill = { at: 10_000, kind: 'kill', session: 's01' } as const;
/** Wrong from 10.4 s on, about what changed at 10 s. */
const stretch = (more: Partial<WrongStretch>): WrongStretch => {
  const truth = { since: 10_000, status: 'dead' } as const;
  const lastSo = { whole: 10_000, inParts: 10_000 };
  return { ...some, from: 10_400, to: 10_400, asked: 10_390, lastSo, truth, after: kill, ...more };
};
const lasting = (from: number, lasts: number): RunResult => {
  return { ...run, mishaps: [kill, { at: from, kind: 'database-outage', lasts }] };
};
const calm: RunResult = { ...run, mishaps: [kill] };
/** A look of a second and a half at that time, and none that long before and after. */
const slowAt = (asked: number): RunResult => {
  const readings = [0, asked, 60_000].map((at) => ({
    asked: at,
    answered: at + (at === asked ? 1500 : 100),
    failed: false,
  }));
  return { ...calm, systems: calm.systems.map((it) => (it.system === 'observe()' ? { ...it, readings } : it)) };
};
const never = { whole: null, inParts: null };
const WATCH = 'plumb sync --watch';
const serverKilled = { at: 10_000, kind: 'server-killed', server: 'bet-a' } as const;
/** So many have died with their server, and the watch's rows said for a while that they live. */
const dyingAtOnce = (count: number): RunResult => {
  const stretches = Array.from({ length: count }, () => stretch({ after: serverKilled }));
  return { ...calm, systems: calm.systems.map((it) => (it.system === WATCH ? { ...it, stretches } : it)) };
};

describe('the cause of a wrong stretch', () => {
  it.each<[string, string, WrongStretch, RunResult, RegExp]>([
    ['within the interval', WATCH, stretch({}), lasting(0, 20_000), /interval/],
    ['during an outage', WATCH, stretch({ to: 25_000 }), lasting(9000, 10_000), /outage/],
    ['soon after an outage', WATCH, stretch({ to: 30_000 }), lasting(2000, 1000), /outage/],
    ['since before an outage', WATCH, stretch({ to: 25_000 }), lasting(13_000, 9000), /NOT EXPLAINED/],
    ['until long after an outage', WATCH, stretch({ to: 50_000 }), lasting(9000, 1000), /NOT EXPLAINED/],
    ['long after an outage', WATCH, stretch({ from: 90_000, to: 93_000 }), lasting(1000, 1000), /NOT EXPLAINED/],
    ['of a killed server', WATCH, stretch({ to: 14_000, after: serverKilled }), dyingAtOnce(4), /at once/],
    ['of one that was held not long', WATCH, stretch({ to: 11_900, after: serverKilled }), dyingAtOnce(4), /at once/],
    ['of one that was not held', WATCH, stretch({ to: 10_900, after: serverKilled }), dyingAtOnce(4), /interval/],
    ['of one with few on it', WATCH, stretch({ to: 11_900, after: serverKilled }), dyingAtOnce(3), /interval/],
    ['of one with few, for long', WATCH, stretch({ to: 14_000, after: serverKilled }), dyingAtOnce(3), /NOT EXPLAINED/],
    ['with slow looks', WATCH, stretch({ to: 14_000 }), slowAt(11_000), /took long/],
    ['with slow looks at another time', WATCH, stretch({ to: 14_000 }), slowAt(30_000), /NOT EXPLAINED/],
    ['with what was never so', WATCH, stretch({ lastSo: never }), lasting(9000, 10_000), /NOT EXPLAINED/],
    ['with what was so in parts', WATCH, stretch({ lastSo: { whole: null, inParts: 9800 } }), calm, /interval/],
    ['for too long', WATCH, stretch({ to: 14_000 }), calm, /NOT EXPLAINED/],
    [
      'changed while it was read',
      'plumb list',
      stretch({ asked: 9_990, lastSo: { whole: null, inParts: 10_000 } }),
      calm,
      /while the reading ran/,
    ],
    ['was never so, beside a change', 'plumb list', stretch({ asked: 9_990, lastSo: never }), calm, /NOT EXPLAINED/],
    ['was ending', 'observe()', stretch({ asked: 10_020, from: 10_030, to: 10_030 }), calm, /was ending/],
    [
      'was starting',
      'observe()',
      stretch({ asked: 10_020, wrong: 'alive called dead', to: 10_400 }),
      calm,
      /was starting/,
    ],
    ['was replaced', 'plumb fdw', stretch({ asked: 10_020, wrong: 'wrong pane' }), calm, /replaced/],
    ['had been so for long', 'plumb serve', stretch({}), calm, /NOT EXPLAINED/],
    ['was so at more than one reading', 'plumb serve', stretch({ asked: 10_020, to: 12_000 }), calm, /NOT EXPLAINED/],
  ])('%s', (_, system, wrong, of, text) => {
    const cause = causeOf(system, wrong, of);
    expect(cause.text).toMatch(text);
    expect(cause.explained).toBe(!cause.text.startsWith('NOT'));
  });

  it('is told of every stretch: counted, with the longest, and each that is not explained', () => {
    const systems = calm.systems.map((it) => {
      if (it.system === WATCH)
        return { ...it, stretches: [stretch({ seconds: 1 }), stretch({ seconds: 3, session: 's02' })] };
      if (it.system !== 'plumb serve') return { ...it, stretches: [] };
      return { ...it, stretches: [stretch({ seconds: 2, session: 's03' }), stretch({ seconds: 2.5, session: 's04' })] };
    });
    const text = explanations([{ ...calm, systems }]);
    expect(text).toContain('**plumb sync --watch**: 2 stretches, 4.00 row seconds in all runs together.');
    expect(text).toMatch(/- 2 × dead called alive: the watch’s interval.*4\.00 row seconds; the longest: seed 1, s02/);
    expect(text).toContain('**2 of them not explained**');
    expect(text).toMatch(/ {2}- seed 1, s03, .*\n {2}- seed 1, s04, /);
    expect(text).toContain('**observe()**: no row was wrong at any reading.');
    expect(text).toContain('which was so until 400 ms before: since 400 ms it was dead');
  });
});
