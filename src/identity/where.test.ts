import { describe, expect, it } from 'vitest';
import type { Session } from '../model/session.ts';
import { type Text, toText } from '../model/text.ts';
import { idleMismatch, mismatch } from './where.ts';

const SESSION = {
  name: toText('ada [1]'),
  command: toText('claude'),
  cwd: toText('/srv/agents/ada/new\nline'),
  home: null as Text | null,
  terminal: { name: 'pts/3', ttyNr: 34819, dev: null, index: 3 },
} as Session;

describe('mismatch()', () => {
  it.each([
    ['name', 'ada [1]'],
    ['name', 'ada*'],
    ['name', '*1]'],
    ['name', '*'],
    ['command', 'c*l*de'],
    ['cwd', '/srv/*'],
    ['cwd', '*/ada/*line'],
    ['terminal', 'pts/*'],
  ] as const)('finds that its %s is %s', (key, pattern) => {
    expect(mismatch(SESSION, [{ key, pattern }])).toBeNull();
  });

  it.each([
    ['name', 'ada'],
    ['name', 'ada .1.'],
    ['name', 'ada*2'],
    ['command', 'claud?'],
    ['terminal', 'pts/30'],
  ] as const)('finds that its %s is not %s', (key, pattern) => {
    expect(mismatch(SESSION, [{ key, pattern }])).toBe(`its ${key} is not ${pattern}`);
  });

  it('never says that what is not known is as asked for', () => {
    expect(mismatch(SESSION, [{ key: 'home', pattern: '*' }])).toBe('its home is not known, and * was asked for');
  });

  it('compares bytes, so that a name that is not UTF-8 is not taken for another', () => {
    const odd = { ...SESSION, name: toText('a\xff') };
    expect(mismatch(odd, [{ key: 'name', pattern: 'a\uFFFD' }])).not.toBeNull();
    expect(mismatch(odd, [{ key: 'name', pattern: 'a*' }])).toBeNull();
    expect(mismatch({ ...SESSION, name: toText('\xce\xa9') }, [{ key: 'name', pattern: 'Ω' }])).toBeNull();
  });

  it('wants all of them', () => {
    const both = [
      { key: 'name', pattern: 'ada*' },
      { key: 'command', pattern: 'codex' },
    ] as const;
    expect(mismatch(SESSION, both)).toBe('its command is not codex');
  });
});

describe('idleMismatch()', () => {
  const where = [{ key: 'idle', moreThanSeconds: 60 }] as const;

  it.each([
    [60.5, null],
    [60, 'it has been idle for 60 s, and more than 60 s are asked for'],
    [0, 'it has been idle for 0 s, and more than 60 s are asked for'],
    [null, 'for how long it has been idle is not known, and 60 s are asked for'],
  ])('of %s s says %s', (seconds, why) => {
    expect(idleMismatch(seconds, where)).toBe(why);
  });

  it('asks nothing of its own', () => {
    expect(idleMismatch(null, [{ key: 'name', pattern: 'x' }])).toBeNull();
  });
});
