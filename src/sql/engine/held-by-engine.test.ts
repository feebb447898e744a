import { describe, expect, it } from 'vitest';
import { queryJob } from '../../../test/makers/engine.ts';
import { framesOf } from '../protocol/answer.ts';
import { frontend } from '../protocol/frontend.ts';
import { HeldByEngine } from './held-by-engine.ts';

const DISCARD = 'discard all\0';
const making = (text: string) => Buffer.concat([frontend.parse('s', text), frontend.sync()]);
const statement = (text: string, name = 's') => ({ name, frames: making(text) });
const settings = () => frontend.query('set a.b = 1');

/** What is sent before a job, in words; and that all of it went well, or only the first `count`. */
function sent(held: HeldByEngine, job: Parameters<typeof queryJob>[1], count?: number): string[] {
  const { frames, done } = held.before(queryJob('select 1', job));
  done(count ?? frames.length);
  return frames.map((it) => [...framesOf(it)].map(({ type, body }) => `${type} ${Buffer.from(body)}`).join());
}

describe('HeldByEngine', () => {
  it('gives an owner its settings once, until another one comes', () => {
    const held = new HeldByEngine();
    const [one, two] = [{}, {}];
    const first = sent(held, { owner: one, settings });
    expect(first).toEqual([`Q ${DISCARD}`, 'Q set a.b = 1\0']);
    expect(sent(held, { owner: one, settings })).toEqual([]);
    expect(sent(held, { owner: two })).toEqual([`Q ${DISCARD}`]);
    expect(sent(held, { owner: one, settings })).toEqual(first);
  });

  it('gives them anew to one that was forgotten, and to no other', () => {
    const held = new HeldByEngine();
    const [one, two] = [{}, {}];
    sent(held, { owner: one });
    held.forget(two);
    expect(sent(held, { owner: one })).toEqual([]);
    held.forget(one);
    expect(sent(held, { owner: one })).toEqual([`Q ${DISCARD}`]);
  });

  it('makes a statement once, and anew where its name means another', () => {
    const held = new HeldByEngine();
    const owner = {};
    expect(sent(held, { owner, statement: statement('select 1') })).toHaveLength(2);
    expect(sent(held, { owner, statement: statement('select 1') })).toEqual([]);
    const again = sent(held, { owner, statement: statement('select 2') });
    expect(again[0]).toMatch(/^C Ss\0,S $/);
    expect(again[1]).toContain('select 2');
    expect(sent(held, { owner, statement: statement('select 2') })).toEqual([]);
    sent(held, { owner: {} });
    expect(sent(held, { owner, statement: statement('select 2') })).toHaveLength(2);
  });

  it('makes the unnamed one each time: whatever else runs takes its place', () => {
    const held = new HeldByEngine();
    const owner = {};
    sent(held, { owner, statement: statement('select 1', '') });
    expect(sent(held, { owner, statement: statement('select 1', '') })).toHaveLength(1);
  });

  it('takes nothing for made that was not', () => {
    const held = new HeldByEngine();
    const owner = {};
    expect(sent(held, { owner, settings, statement: statement('select 1') }, 1)).toHaveLength(3);
    expect(sent(held, { owner, settings, statement: statement('select 1') }, 2)).toHaveLength(3);
    expect(sent(held, { owner, settings, statement: statement('select 1') })).toHaveLength(1);
    expect(sent(held, { owner, settings, statement: statement('select 1') })).toEqual([]);
  });

  it('knows nothing of an engine that has not answered', () => {
    const held = new HeldByEngine();
    const owner = {};
    sent(held, { owner });
    held.before(queryJob('select 1', { owner }));
    expect(sent(held, { owner })).toEqual([`Q ${DISCARD}`]);
  });

  it('does not let statements add up', () => {
    const held = new HeldByEngine();
    const owner = {};
    const all = Array.from({ length: 501 }, (_, index) => {
      return sent(held, { owner, statement: statement('select 1', `s${index}`) }).length;
    });
    expect(all.filter((count) => count > 1)).toHaveLength(2);
  });

  it('refuses settings that an engine would not answer', () => {
    const held = new HeldByEngine();
    expect(() => sent(held, { settings: () => frontend.parse('', 'select 1') })).toThrow(RangeError);
  });
});
