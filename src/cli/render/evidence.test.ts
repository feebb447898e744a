import { describe, expect, it } from 'vitest';
import { renderEvidence } from './evidence.ts';

const EVIDENCE = [
  { fact: 'it lives', value: 'S', source: 'stat', check: 'cat stat' },
  { fact: 'its program', value: 'a\nb \x1b[2J', source: 'cmdline', check: "tr '\\0' ' ' < cmdline" },
  { fact: 'ownership', value: 'only one', source: 'identity', check: null },
];

describe('renderEvidence()', () => {
  it('is one line a fact where nobody counts columns', () => {
    expect(renderEvidence(EVIDENCE, null)).toBe(`\
  it lives     S             stat      $ cat stat
  its program  a\\nb \\x1B[2J  cmdline   $ tr '\\0' ' ' < cmdline
  ownership    only one      identity
`);
  });

  it('puts the commands below where they would not fit', () => {
    expect(renderEvidence(EVIDENCE.slice(0, 1), 30)).toBe('  it lives  S  stat\n    $ cat stat\n');
    expect(renderEvidence(EVIDENCE.slice(0, 1), 31)).toBe('  it lives  S  stat  $ cat stat\n');
  });

  it('has nothing to say of nothing', () => {
    expect(renderEvidence([], null)).toBe('');
  });
});
