import { describe, expect, it } from 'vitest';
import { EXIT, EXIT_CODES_HELP, EXIT_OF_ERROR, worstOf } from './exit-codes.ts';

describe('worstOf()', () => {
  it.each([
    [[], 0],
    [[EXIT.ok, EXIT.blind], 3],
    [[EXIT.blind, EXIT.no, EXIT.ok], 1],
    [[EXIT.no, EXIT.registry], 4],
    [[EXIT.registry, EXIT.usage], 2],
    [[EXIT.bug, EXIT.usage], 70],
  ])('of %j is %d', (codes, worst) => {
    expect(worstOf(codes)).toBe(worst);
  });
});

describe('the exit codes', () => {
  it('are all in the help, and every error has one', () => {
    const told = new Set([...EXIT_CODES_HELP.matchAll(/^ {2}(\d+) /gm)].map(([, code]) => Number(code)));
    for (const code of Object.values(EXIT)) expect(told).toContain(code);
    for (const code of Object.values(EXIT_OF_ERROR)) expect([2, 3, 4]).toContain(code);
  });
});
