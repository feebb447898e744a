import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactArgv } from './redact.ts';

describe('redactArgv()', () => {
  it.each([
    ['an ordinary command line', 'claude --resume 1234', 'claude --resume redacted'],
    ['a glued value', 'tool --token=hunter2 -phunter2', 'tool --token=redacted -p=redacted'],
    [
      "an interpreter's script",
      'node --require ./x.js /usr/bin/claude hunter2',
      'node --require redacted /usr/bin/claude redacted',
    ],
    ['code in an option', 'node -e hunter2()', 'node -e redacted'],
    ['a module', 'python3 -m aider --key hunter2', 'python3 -m aider --key redacted'],
    ['a login shell', '-bash', '-bash'],
    ['the end of options', 'bash -- hunter2', 'bash -- redacted'],
  ])('keeps what %s is recognised by', (_, line, redacted) => {
    expect(redactArgv(line.split(' ')).join(' ')).toBe(redacted);
  });

  it('keeps one word of a title that was written over the command line', () => {
    expect(redactArgv(['npm exec claude --token hunter2'])).toEqual(['npm redacted']);
    for (const [title, left] of [
      ['worker:\thunter2', 'worker: redacted'],
      ['worker\nhunter2', 'worker redacted'],
      ['postgres://ada:hunter2@db/x', 'postgres redacted'],
      ['TOKEN=hunter2', 'TOKEN redacted'],
      ['/srv/a=b/claude', '/srv/a=b/claude'],
    ] as const) {
      expect(redactArgv([title])).toEqual([left]);
    }
  });

  it('takes out program text that hides behind combined options', () => {
    expect(redactArgv(['python3', '-uc', 'token="hunter2"'])).toEqual(['python3', '-u=redacted', 'redacted']);
  });

  it('never lets a value through, wherever it stands', () => {
    const secret = 'hunter2';
    const option = fc.constantFrom('-x', '--flag', '--a=hunter2', '-xhunter2', 'hunter2', '', '--hunter2', 'a=hunter2');
    fc.assert(
      fc.property(
        fc.array(
          option.filter((it) => it !== '--hunter2'),
          { maxLength: 6 },
        ),
        (rest) => {
          expect(redactArgv(['tool', ...rest]).join(' ')).not.toContain(secret);
        },
      ),
    );
  });
});
