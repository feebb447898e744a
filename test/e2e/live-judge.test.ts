import { describe, expect, it } from 'vitest';
import type { AnsweredRow } from './live-asker.ts';
import type { LiveState } from './live-fleet.ts';
import { judge } from './live-judge.ts';

const state = (pid: number | null, pane: string, fromMs: number, toMs: number): LiveState => {
  return { name: 'ada', pid, pane, fromMs, toMs };
};
/** It runs as 7, is moved, killed, and started again. */
const TIMELINE = [
  state(7, 'a', 0, 110),
  state(7, 'b', 100, 210),
  state(null, 'b', 200, 310),
  state(8, 'b', 300, Number.POSITIVE_INFINITY),
];
const ada = (row: Partial<AnsweredRow>) => new Map([['ada', { pid: 7, pane: 'a', status: 'running', ...row }]]);
const NOBODY: ReadonlyMap<string, AnsweredRow> = new Map();

describe('the judge of the live view', () => {
  const wrong = (fromMs: number, toMs: number, rows: ReadonlyMap<string, AnsweredRow>, isOfRunning = true) => {
    return judge([{ fromMs, toMs, rows, isOfRunning }], TIMELINE).map((it) => it.split(': ')[1]);
  };

  it('lets pass what was so at some time meanwhile', () => {
    expect(wrong(10, 90, ada({}))).toEqual([]);
    expect(wrong(90, 105, ada({ pane: 'b' }))).toEqual([]);
    expect(wrong(205, 290, NOBODY)).toEqual([]);
    expect(wrong(205, 290, ada({ status: 'dead' }), false)).toEqual([]);
    expect(wrong(305, 306, ada({ pid: 8, pane: null }))).toEqual([]);
  });

  it('tells what was never so meanwhile', () => {
    expect(wrong(10, 90, NOBODY)).toEqual(['it is missing']);
    expect(wrong(10, 90, ada({ status: 'dead' }), false)).toEqual(['it is dead']);
    expect(wrong(10, 90, ada({ status: null }), false)).toEqual(['it is not known']);
    expect(wrong(10, 90, ada({ pid: 8 }))).toEqual(['it runs as 8']);
    expect(wrong(220, 290, ada({ pid: 7 }))).toEqual(['it runs as 7']);
    expect(wrong(10, 90, ada({ pane: 'b' }))).toEqual(['it is in b']);
    expect(wrong(10, 90, ada({ pane: null }))).toEqual(['it is in null']);
    expect(wrong(400, 500, NOBODY)).toEqual(['it is missing']);
    expect(wrong(205, 290, NOBODY, false)).toEqual(['it is missing']);
  });
});
