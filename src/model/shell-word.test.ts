import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWord } from './shell-word.ts';
import { fromUtf8 } from './text.ts';

describe('shellWord()', () => {
  it.each([
    ['/srv/agents/ada', '/srv/agents/ada'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['grüße', "'grüße'"],
    ['a\nb', "$'a\\nb'"],
    ['a\u202eb', "$'a\\342\\200\\256b'"],
  ])('writes %j as %s', (text, word) => {
    expect(shellWord(fromUtf8(text))).toBe(word);
  });

  it('writes bytes that are no UTF-8 so that bash has them back', () => {
    expect(shellWord('a\xff7\\')).toBe("$'a\\3777\\\\'");
  });

  it('writes any bytes but NUL so that bash reads them back, on one line', () => {
    const bytes = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)) });
    const words = fc.sample(bytes, 300);
    const script = words.map((word) => `printf '%s\\0' ${shellWord(word)}`);
    expect(script.join('')).not.toContain('\n');
    const said = execFileSync('bash', ['--norc', '-c', script.join('\n')], {
      encoding: 'latin1',
      env: { LC_ALL: 'C' },
    });
    expect(said.split('\0').slice(0, -1)).toEqual(words);
  });
});
