import { describe, expect, it } from 'vitest';
import { parseSignal } from './signal-word.ts';

describe('parseSignal()', () => {
  it('reads names with and without SIG, and numbers', () => {
    expect(['TERM', 'SIGTERM', '15'].map((word) => parseSignal(word).number)).toEqual([15, 15, 15]);
  });

  it.each([
    ['TREM', 'did you mean TERM?'],
    ['SIGHPU', 'did you mean HUP?'],
    ['kil', 'did you mean KILL?'],
    ['banana', 'TERM, SIGTERM or 15; kill -l lists them'],
    ['0', 'plumb pid NAME says whether it lives, and more safely'],
  ])('refuses %s', (word, hint) => {
    expect(() => parseSignal(word)).toThrow(expect.objectContaining({ code: 'usage', hint }));
  });
});
