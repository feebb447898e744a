import { describe, expect, it } from 'vitest';
import type { Act } from './act.ts';
import { judgeLines } from './judge-lines.ts';
import { judgeReasons } from './judge-reasons.ts';
import { judgeSignals } from './judge-signals.ts';
import type { Log } from './logs.ts';
import { Timeline } from './timeline.ts';

const ACT: Act = {
  ...{ id: 7, by: 'library', kind: 'nudge', name: 'ada', incarnation: '10.100', way: 'auto', typed: '<7> text;' },
  ...{ lookMs: 0, fromMs: 0, toMs: 1e12, outcome: 'delivered', reason: '', message: '', sentTo: [] },
};
const UNCERTAIN: Act = { ...ACT, outcome: 'uncertain', reason: 'text' };
const LOG: Log = { slot: 'ada', reader: 'session', incarnation: '10.100', lines: ['<7> text;'], rest: '' };
const NOTHING: Log = { ...LOG, lines: [] };

const linesOf = (act: Act, ...logs: Log[]) => judgeLines([act], logs).violations.join('\n');

describe('the judges of a storm', () => {
  it('let pass what is as it was said', () => {
    expect(linesOf(ACT, LOG)).toBe('');
    expect(linesOf(UNCERTAIN, { ...NOTHING, rest: '<7> te' })).toBe('');
    expect(linesOf(UNCERTAIN, { ...NOTHING, reader: 'keeper', incarnation: '9.90', rest: '<7> text;' })).toBe('');
  });

  it.each<[string, Act, Log[], RegExp]>([
    ['a line that did not arrive', ACT, [NOTHING], /0 times/],
    ['one that arrived twice', ACT, [{ ...LOG, lines: [...LOG.lines, ...LOG.lines] }], /2 times/],
    ['one without its end', ACT, [{ ...LOG, lines: ['<7> text'] }], /without Enter/],
    ['one without its Enter', ACT, [{ ...LOG, lines: [], rest: '<7> text;' }], /without Enter/],
    ['one in the incarnation after it', ACT, [{ ...LOG, incarnation: '10.101' }], /completed elsewhere/],
    ['one in a shell', UNCERTAIN, [{ ...LOG, reader: 'keeper' }], /completed elsewhere/],
    ['one in another home', ACT, [{ ...LOG, slot: 'bob' }], /completed elsewhere/],
    ['one that was refused', { ...ACT, outcome: 'refused' }, [LOG], /completed, and not told/],
    ['a piece of one that was refused', { ...ACT, outcome: 'refused' }, [{ ...NOTHING, rest: '<7>' }], /not told/],
    ['a piece in another terminal', UNCERTAIN, [{ ...NOTHING, slot: 'bob', rest: '<7>' }], /another terminal/],
    ['Enter, where none was told of', UNCERTAIN, [{ ...LOG, lines: [''] }], /nobody tells of/],
    [
      'a letter in a shell',
      { ...ACT, typed: 'y' },
      [{ ...LOG, reader: 'keeper', lines: ['y'] }],
      /completed elsewhere/,
    ],
    ['a letter that did not arrive', { ...ACT, typed: 'y' }, [NOTHING], /did not arrive/],
  ])('see %s', (_what, act, logs, violation) => {
    expect(linesOf(act, ...logs)).toMatch(violation);
  });

  it('see a signal that somebody else has got, one too many, and one that did not arrive', () => {
    const sent: Act = { ...ACT, kind: 'signal', outcome: 'sent', sentTo: ['10.100'] };
    const judge = (...got: [string, number][]) => judgeSignals([sent], new Map(got), new Timeline());
    expect(judge(['10.100', 1])).toEqual([]);
    expect(judge(['10.100', 1], ['11.100', 1])).toHaveLength(1);
    expect(judge(['10.100', 2])).toHaveLength(1);
    expect(judge()).toHaveLength(1);
  });

  it('see a no that is not so', () => {
    const refused: Act = { ...ACT, outcome: 'refused', reason: 'stopped' };
    const timeline = new Timeline();
    timeline.begin('ada', 'moved');
    expect(judgeReasons([refused], timeline)).toHaveLength(1);
    timeline.begin('ada', 'stop');
    expect(judgeReasons([refused], timeline)).toEqual([]);
    expect(judgeReasons([{ ...refused, reason: 'denied' }], timeline)).toHaveLength(1);
    expect(judgeReasons([{ ...refused, reason: '', outcome: 'thrown' }], timeline)).toHaveLength(1);
  });
});
