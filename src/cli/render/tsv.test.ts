import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toText } from '../../model/text.ts';
import { sampleOwnerless, sampleSession } from './sample-session.ts';
import { homeLines, sessionLines } from './tsv.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((it) => toText(Buffer.from(it).toString('latin1')));

describe('sessionLines()', () => {
  it('writes name, pid and cwd', () => {
    const lines = sessionLines([
      sampleSession({}),
      sampleSession({ name: toText('b c'), pid: 12, cwd: toText('/srv/b c/x') }),
    ]);
    expect(lines).toBe('ada\t4711\t/srv/agents/ada\nb c\t12\t/srv/b c/x\n');
  });

  it('leaves out what no single process owns', () => {
    const sessions = [sampleOwnerless({ verdict: 'ambiguous' }), sampleOwnerless({ verdict: 'unknown' })];
    expect(sessionLines(sessions)).toBe('');
    expect(sessionLines([])).toBe('');
  });

  it('has an empty last field for a path that the kernel does not print', () => {
    expect(sessionLines([sampleSession({ cwd: null })])).toBe('ada\t4711\t\n');
  });

  it('makes one line with two tabs of any name in any directory', () => {
    fc.assert(
      fc.property(bytes, bytes, (name, cwd) => {
        const line = sessionLines([sampleSession({ name, cwd })]);
        expect(line.match(/\n/g)).toHaveLength(1);
        expect(line.endsWith('\n')).toBe(true);
        expect(line.match(/\t/g)).toHaveLength(2);
        expect(line.split('\t')[1]).toBe('4711');
      }),
    );
  });
});

describe('homeLines()', () => {
  it('writes the owner, or why there is none', () => {
    const home = { name: toText('a\tb'), path: toText('/srv/a\tb'), bystanders: [], problem: null };
    const lines = homeLines([
      { ...home, id: { dev: 1n, ino: 2n }, verdict: 'alive', reason: 'only claimant', session: sampleSession({}) },
      { ...home, id: null, verdict: 'none', reason: 'no such\ndirectory', session: null },
    ]);
    expect(lines).toBe(
      'a\\tb\t/srv/a\\tb\t1:2\talive\t4711\tonly claimant\na\\tb\t/srv/a\\tb\t\tnone\t\tno such\\ndirectory\n',
    );
  });
});
