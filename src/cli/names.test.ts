import { describe, expect, it } from 'vitest';
import { parseHomes } from '../config/parse-homes.ts';
import type { CoverageCode } from '../model/coverage.ts';
import { coverageOf } from '../model/coverage.ts';
import type { HomeReport } from '../model/snapshot.ts';
import { fromUtf8, toText } from '../model/text.ts';
import type { Look } from './call.ts';
import { explainAbsence, meant } from './names.ts';
import { sampleSession } from './render/sample-session.ts';

describe('meant()', () => {
  it.each([
    ['a\tb', 'a\tb', true],
    ['a\tb', 'a\\tb', true],
    ['a\\tb', 'a\\tb', true],
    ['a\\tb', 'a\\\\tb', true],
    ['a\xff', 'a\\xFF', true],
    ['a\xff', 'a\ufffd', false],
    [fromUtf8('a\u202e'), 'a\\xE2\\x80\\xAE', true],
    ['ada', 'Ada', false],
    ['ada', 'ad', false],
  ])('%j, typed %j: %s', (name, typed, expected) => {
    const sessions = [sampleSession({ name: toText(name) })];
    expect(meant({ homes: [], sessions }, typed)(toText(name))).toBe(expected);
  });

  it('refuses to guess where one is called so and another is printed so, and says how to write either', () => {
    const sessions = ['x\ty', 'x\\ty'].map((name) => sampleSession({ name: toText(name) }));
    const hint = "write 'x\\\\ty' for the one that is called so, and $'x\\ty' for the other";
    expect(() => meant({ homes: [], sessions }, 'x\\ty')).toThrow(expect.objectContaining({ code: 'usage', hint }));
    const isMeant = meant({ homes: [], sessions }, 'x\\\\ty');
    expect(sessions.map(({ name }) => isMeant(name))).toEqual([false, true]);
  });
});

describe('explainAbsence()', () => {
  const home: HomeReport = {
    name: toText('ada'),
    path: toText('/srv/agents/ada'),
    id: { dev: 1n, ino: 2n },
    verdict: 'none',
    problem: null,
    reason: 'not to be repeated',
    session: null,
    bystanders: [],
  };

  it('is a no where that is proven', () => {
    expect(explainAbsence(aLook({ homes: [home] }), 'ada')).toEqual({
      exit: 1,
      code: 'absent',
      message: 'ada has no session: nothing in /srv/agents/ada is one',
      hint: 'plumb show ada says what is there instead',
    });
    const missing = { ...home, id: null, reason: 'the directory does not exist (/srv/agents/ada)' };
    expect(explainAbsence(aLook({ homes: [missing] }), 'ada').message).toContain('the directory does not exist');
  });

  it('is unknown where it is not', () => {
    const look = aLook({ homes: [{ ...home, verdict: 'unknown' }], reasons: ['cwd_denied'] });
    expect(explainAbsence(look, 'ada')).toMatchObject({ exit: 3, code: 'unseen' });
  });

  it('proposes a home that is called nearly so, or says which there are', () => {
    const homes = [home, { ...home, name: toText('bob') }];
    expect(explainAbsence(aLook({ homes }), 'adda')).toMatchObject({ exit: 1, hint: 'did you mean ada?' });
    expect(explainAbsence(aLook({ homes }), 'zebra').hint).toBe('the configured homes are ada, bob');
    const many = Array.from({ length: 40 }, (_, index) => ({ ...home, name: toText(`agent${index}`) }));
    expect(explainAbsence(aLook({ homes: many }), 'zebra').hint).toMatch(/agent11 and 28 more$/);
  });

  it('needs no complete look at processes to know which homes there are', () => {
    expect(explainAbsence(aLook({ homes: [home], reasons: ['cwd_denied'] }), 'zebra').exit).toBe(1);
    expect(explainAbsence(aLook({ homes: [home], reasons: ['home_unreadable'] }), 'zebra').exit).toBe(3);
  });

  it('speaks of labels where there are no homes', () => {
    expect(explainAbsence(aLook({}), 'adda')).toMatchObject({ exit: 1, hint: 'did you mean ada?' });
    expect(explainAbsence(aLook({ reasons: ['hidden'] }), 'zebra')).toMatchObject({
      exit: 3,
      hint: 'the labels are ada',
    });
  });
});

function aLook({ homes = [], reasons = [] }: { homes?: HomeReport[]; reasons?: CoverageCode[] }): Look {
  return {
    settings: {
      homes: homes.length > 0 ? parseHomes(['/srv/agents/*']) : [],
      commands: null,
      terminal: 'required',
      source: 'auto',
      hostId: null,
      registryUrl: null,
      maxDeadPerPass: null,
      table: null,
      historyDays: null,
      file: null,
    },
    snapshot: {
      observedAt: new Date(0),
      host: { id: null, bootId: null, pidNamespace: null, timeNamespace: null, machineUuid: null, bootedAt: null },
      coverage: coverageOf(reasons.map((code) => ({ code, count: 1, pids: [] }))),
      sessions: [sampleSession()],
      homes,
      incumbents: [],
      homeSpecs: [],
      unmatchedPatterns: [],
    },
  };
}
