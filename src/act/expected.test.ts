import { describe, expect, it } from 'vitest';
import type { Typing } from '../panes/typing.ts';
import { refuseUnexpected } from './expected.ts';

function showing(lines: string | null): Typing {
  const nothing = async () => ({ kind: 'typed' }) as const;
  return {
    transport: 'tmux',
    mostBytes: null,
    type: nothing,
    enter: nothing,
    lastLines: async () => lines,
    close: () => {},
  };
}

describe('refuseUnexpected()', () => {
  it('asks for nothing where nothing is expected, and is content with what matches', async () => {
    expect(await refuseUnexpected(showing(null), null)).toBeNull();
    expect(await refuseUnexpected(showing('a\nready> '), /^ready> $/gm)).toBeNull();
  });

  it('refuses what does not match, and shows the last lines', async () => {
    const refused = await refuseUnexpected(showing('one\ntwo\nthree\nfour'), /^ready/m);
    expect(refused).toMatchObject({ reason: 'unexpected', evidence: [{ value: 'two\nthree\nfour' }] });
  });

  it('does not wait for an expression that goes back and forth for ever', async () => {
    const refused = await refuseUnexpected(showing(`${'a'.repeat(60)}b`), /^(a+)+$/);
    expect(refused?.message).toMatch(/were not compared/);
  });
});
