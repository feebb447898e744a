/** What an answer of the sample application's readers is worth, in `npm run retire`. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const importScript = (name: string) =>
  import(pathToFileURL(path.join(import.meta.dirname, '../../scripts/retire', name)).href);
const { judge, RIGHT_NOW } = await importScript('judge.mjs');
const { Truth } = await importScript('truth.mjs');

const FIRST = { pid: 10, pane: '%0' };
const SECOND = { pid: 11, pane: '%0' };

/** One agent: alive from 0 to 1000, dead until 5000, alive again from then on; what changes takes 10 ms. */
function life(isMass = false) {
  const truth = new Truth();
  truth.begins('ada', -10);
  truth.ends('ada', FIRST, 0);
  truth.begins('ada', 1000);
  truth.ends('ada', null, 1010, isMass);
  truth.begins('ada', 4990);
  truth.ends('ada', SECOND, 5000);
  return truth;
}

function wrongOf(
  row: typeof FIRST | null,
  askedMs: number,
  { truth = life(), bounds = RIGHT_NOW }: { readonly truth?: unknown; readonly bounds?: object } = {},
): string | null {
  const rows = row === null ? [] : [{ name: 'ada', ...row }];
  const { wrong } = judge({ askedMs, answeredMs: askedMs + 5, rows }, truth, bounds);
  return wrong[0]?.kind ?? null;
}

describe('an answer that has to be right now', () => {
  it('is right where it tells what is so, and while that changes what was and what comes', () => {
    expect(wrongOf(FIRST, 500)).toBeNull();
    expect(wrongOf(FIRST, 1005)).toBeNull();
    expect(wrongOf(null, 1005)).toBeNull();
    expect(wrongOf(null, 3000)).toBeNull();
    expect(wrongOf(SECOND, 5100)).toBeNull();
  });

  it('is wrong in its way otherwise', () => {
    expect(wrongOf(FIRST, 1011)).toBe('a dead one called alive');
    expect(wrongOf(null, 5001)).toBe('a living one called dead');
    expect(wrongOf(FIRST, 5001)).toBe('the wrong process');
    expect(wrongOf({ ...SECOND, pane: '%1' }, 5001)).toBe('the wrong pane');
    const rows = [
      { name: 'ada', ...SECOND },
      { name: 'nobody', pid: 5, pane: '%9' },
    ];
    expect(judge({ askedMs: 6000, answeredMs: 6001, rows }, life(), RIGHT_NOW).wrong).toHaveLength(1);
    const twice = [
      { name: 'ada', ...FIRST },
      { name: 'ada', ...SECOND },
    ];
    expect(judge({ askedMs: 6000, answeredMs: 6001, rows: twice }, life(), RIGHT_NOW).wrong[0]?.kind).toBe(
      'told twice',
    );
  });
});

describe('an answer of a table that a watch keeps', () => {
  it('may be as old as the last pass, and no older', () => {
    const bounds = { backMs: 400, heldBackMs: 400 };
    expect(wrongOf(FIRST, 1400, { bounds })).toBeNull();
    expect(wrongOf(FIRST, 1411, { bounds })).toBe('a dead one called alive');
    expect(wrongOf(null, 5401, { bounds })).toBe('a living one called dead');
  });

  it('may be older where most have died at once', () => {
    const bounds = { backMs: 400, heldBackMs: 2400 };
    expect(wrongOf(FIRST, 3400, { truth: life(true), bounds })).toBeNull();
    expect(wrongOf(FIRST, 3411, { truth: life(true), bounds })).toBe('a dead one called alive');
    expect(wrongOf(FIRST, 3400, { bounds })).toBe('a dead one called alive');
  });
});
