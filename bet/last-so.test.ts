import { expect, it } from 'vitest';
import { lastSo } from './last-so.ts';
import type { Answer, Truth } from './model.ts';

const paneOf = (id: string) => ({ server: 'bet-a', id });
const alive = (since: number, pid: number, id: string): Truth => {
  return { since, status: 'alive', names: [{ host: 'h', pid }], pane: paneOf(id), responsive: true };
};
const says = (pid: number, id: string): Answer => {
  return { status: 'alive', process: { host: 'h', pid }, pane: paneOf(id) };
};
/** 1 in %1, then dead, then 2 in %2, then 3 in %2. */
const history: readonly Truth[] = [
  alive(0, 1, '%1'),
  { since: 10, status: 'dead' },
  alive(20, 2, '%2'),
  alive(30, 3, '%2'),
];

it.each<[string, Answer, number | null, number | null]>([
  ['what has changed since', says(2, '%2'), 30, 30],
  ['what has changed more than once', says(1, '%1'), 10, 10],
  ['a death', { status: 'dead' }, 20, 20],
  ['a row of two moments', says(3, '%1'), null, 10],
  ['another row of two moments', says(1, '%2'), null, 10],
  ['an invented pid', says(9, '%2'), null, null],
  ['an invented pane', says(3, '%9'), null, null],
])('tells until when %s was so', (_, answer, whole, inParts) => {
  expect(lastSo(answer, history, 40)).toEqual({ whole, inParts });
});
