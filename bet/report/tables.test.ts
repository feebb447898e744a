import { describe, expect, it } from 'vitest';
import type { Decision, Mistake, Outcome, RunResult, SystemResult, Truth, WrongStretch } from '../model.ts';
import { madeUpRun } from './made-up.ts';
import { summarise } from './summary.ts';
import { decisionTable, mainTable, mishapTable, mistakeTable, priceTable, reasonTable, wrongTable } from './tables.ts';

const none = { right: 0, 'wrong target': 0, failed: 0, missed: 0, withheld: 0 } as const satisfies Record<
  Outcome,
  number
>;
const decisions: Record<Decision, Record<Outcome, number>> = {
  nudge: { ...none, right: 5, 'wrong target': 1 },
  signal: { ...none, failed: 2 },
  route: { ...none, missed: 1, withheld: 1 },
};
const [tmux] = madeUpRun(1).systems.filter(({ system }) => system === 'tmux') as [SystemResult];
const [stretch] = tmux.stretches as [WrongStretch];

/** Two seeds of one system, of which everything is known. */
function runsOf(...results: Partial<SystemResult>[]): readonly RunResult[] {
  return results.map((more, index) => {
    return {
      options: { seed: index, sessions: 1, seconds: 100 },
      mishaps: [],
      systems: [{ ...tmux, decisions, ...more }],
    };
  });
}
const wrong = { 'dead called alive': 3, 'alive called dead': 1, 'wrong pid': 0, 'wrong pane': 0 };
const cost = {
  keepingCpuSeconds: 1,
  readingCpuSeconds: 2,
  databaseCpuSeconds: 0.5,
  readings: 100,
  rowsWritten: 7,
  walBytes: 1500,
};

describe('the tables', () => {
  it('have means over seeds, with intervals where seeds differ', () => {
    const more = { ...wrong, 'dead called alive': 5 };
    const same = { rowSeconds: 100, unknownSeconds: 3, unansweredSeconds: 4.5, cost };
    const runs = runsOf({ ...same, wrongSeconds: wrong }, { ...same, wrongSeconds: more });
    // Mean 5 of 4 and 6: 12.706 times the root of two, divided by the root of two.
    const [row] = mainTable(summarise(runs)).rows;
    expect(row).toEqual(['tmux', '5.00 (0 to 17.7)', '5.00 %', '7.50 %', '30.0', '10.0', '7.00', '1.50', '3.50']);
    const [kinds] = wrongTable(summarise(runs)).rows;
    expect(kinds?.slice(0, 5)).toEqual(['tmux', '4.00 (0 to 16.7)', '1.00', '0', '0']);
    expect(priceTable(summarise(runs)).rows[0]?.slice(4)).toEqual(['1.00', '2.00', '0.50', '7.00', '1.50']);
  });

  it('count decisions of all runs, and what the session of a mistake was', () => {
    const truth: Truth = { since: 0, status: 'alive', names: [], pane: null, responsive: true };
    const mistake = (so: Truth): Mistake => {
      return { decision: 'nudge', outcome: 'failed', session: 'a', at: 0, answer: stretch.answer, truth: so };
    };
    const hangs = mistake({ ...truth, responsive: false });
    const mistakes = [hangs, hangs, mistake(truth), mistake({ since: 0, status: 'dead' })];
    const systems = summarise(runsOf({ mistakes }, { mistakes: [hangs] }));
    expect(mistakeTable(systems).rows).toEqual([['tmux', '3', '1', '1']]);
    expect(decisionTable(systems).rows).toEqual([
      ['tmux', '10 / 2 / 0 / 0 / 0', '0 / 0 / 4 / 0 / 0', '0 / 0 / 0 / 2 / 2'],
    ]);
  });

  it('leave no wrong second without what had happened before, or that nothing had', () => {
    const stretches = [
      { ...stretch, seconds: 3, after: { at: 0, kind: 'kill', session: 'a' } as const },
      { ...stretch, seconds: 5, after: null },
    ];
    const { head, rows } = mishapTable(summarise(runsOf({ stretches }, { stretches: [] })));
    expect(head).toEqual(['', 'kill', 'nothing yet']);
    expect(rows).toEqual([['tmux', '1.50', '2.50']]);
  });

  it('say why there was no answer, the most frequent reason first, in one line', () => {
    const why = { whyUnknown: { ambiguous: 1 }, whyUnanswered: { 'gone\naway': 2, refused: 3 } };
    expect(reasonTable(summarise(runsOf(why, why))).rows).toEqual([
      ['tmux', 'unknown', 'ambiguous', '2.00'],
      ['tmux', 'no answer', 'refused', '6.00'],
      ['tmux', 'no answer', 'gone away', '4.00'],
    ]);
    const runsDiffer = [1, 2].map((seed) => {
      const place = `connect ENOENT /somewhere/plumbline-bet-x${seed}/run-${seed}/postgres/s`;
      return { whyUnknown: {}, whyUnanswered: { [place]: 1, [`what agent-${seed} does in box-${seed}`]: 0.5 } };
    });
    expect(reasonTable(summarise(runsOf(...runsDiffer))).rows).toEqual([
      ['tmux', 'no answer', 'connect ENOENT postgres/s', '2.00'],
      ['tmux', 'no answer', 'what NAME does in BOX', '1.00'],
    ]);
  });
});
