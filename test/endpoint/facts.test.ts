import { expect, it } from 'vitest';
import { type Answer, FactLog } from './facts.ts';

function answer(rows: readonly string[], askedMs: number, answeredMs = performance.now()): Answer {
  return { table: 'sessions', askedMs, answeredMs, rows };
}

it('finds what was never so, what is twice, and what is missing', () => {
  const log = new FactLog();
  const before = performance.now();
  const fact = log.begin('sessions').holds('ada', 'ada, dying');
  const during = performance.now();
  expect(log.judge(answer(['ada'], during))).toEqual([]);
  expect(log.judge(answer([], during))).toEqual(['sessions: missing: ada']);
  expect(log.judge(answer(['ada', 'ada'], during))).toEqual(['sessions: a row is there twice']);
  expect(log.judge(answer(['ada', 'bob'], during))).toEqual(['sessions: never so: bob']);
  expect(log.judge(answer(['ada'], before - 2, before - 1))).toEqual(['sessions: never so: ada']);
  expect(log.judge({ ...answer(['ada'], during), table: 'processes' })).toEqual(['processes: never so: ada']);
  expect(log.judge(answer(['ada', 'ada, dying'], during))).toEqual(['sessions: never so: ada, dying']);
  fact.ends();
  expect(log.judge(answer(['ada, dying'], during, performance.now() + 1))).toEqual([]);
  expect(log.judge(answer([], during, performance.now() + 1))).toEqual([]);
  fact.isOver();
  const after = performance.now() + 1;
  expect(log.judge(answer(['ada'], after, after))).toEqual(['sessions: never so: ada']);
  expect(log.judge(answer([], after, after))).toEqual([]);
});
