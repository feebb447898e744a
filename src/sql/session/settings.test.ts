import { describe, expect, it } from 'vitest';
import { framesOf } from '../protocol/answer.ts';
import { literal } from './literal.ts';
import { Settings } from './settings.ts';
import { milliseconds } from './time-setting.ts';

function settings(): { readonly settings: Settings; readonly changes: () => number } {
  let count = 0;
  const made = new Settings(() => {
    count++;
  });
  return { settings: made, changes: () => count };
}

describe('the settings of a client', () => {
  it('are brought to an engine in one query, whatever they hold', () => {
    const { settings: it } = settings();
    expect(it.frames()).toHaveLength(0);
    it.start(new Map([['application_name', "a'b\\c"]]));
    it.set('work_mem', '5MB', false);
    const [query, ...more] = [...framesOf(it.frames())];
    expect(more).toEqual([]);
    expect(query?.type).toBe('Q');
    expect(Buffer.from(query?.body ?? []).toString()).toContain("set_config(E'application_name', E'a''b\\\\c', false)");
  });

  it('are not left in the engine where its next client would be thrown out', () => {
    const { settings: it } = settings();
    it.set('idle_session_timeout', '5s', false);
    it.set('work_mem', '5MB', false);
    const text = Buffer.from(it.frames()).toString();
    expect(text).toContain("'idle_session_timeout', E'5s', true)");
    expect(text).toContain("'work_mem', E'5MB', false)");
    expect(it.get('idle_session_timeout')).toBe('5s');
  });

  it('tell when the engine has others', () => {
    const { settings: it, changes } = settings();
    it.set('work_mem', '5MB', true);
    expect(changes()).toBe(1);
    it.commit();
    it.commit();
    expect(changes()).toBe(2);
    expect(it.get('work_mem')).toBeUndefined();
    it.restore(it.state);
    expect(changes()).toBe(2);
  });

  it('are no more than can be brought', () => {
    const { settings: it } = settings();
    it.set('my.own', 'x'.repeat(60_000), false);
    expect(() => it.set('my.other', 'x'.repeat(60_000), false)).toThrow(expect.objectContaining({ sqlState: '53200' }));
    expect(it.get('my.other')).toBeUndefined();
    it.reset('my.own');
    expect(it.get('my.own')).toBeUndefined();
  });
});

describe('a time as Postgres tells it', () => {
  it.each([
    [undefined, 0],
    ['0', 0],
    ['20', 20],
    ['20ms', 20],
    ['5s', 5000],
    ['61s', 61_000],
    ['2min', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
  ])('%s', (value, expected) => {
    expect(milliseconds(value)).toBe(expected);
  });

  it('of no unit that there is', () => {
    expect(() => milliseconds('5weeks')).toThrow(RangeError);
  });
});

it('a literal is the same whatever backslashes mean', () => {
  expect(literal("it's \\ here")).toBe("E'it''s \\\\ here'");
});
