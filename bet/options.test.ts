import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('options', () => {
  it('have defaults', () => {
    expect(readOptions([])).toEqual({
      ...{ seeds: [1, 2, 3, 4, 5], sessions: 24, seconds: 420, docs: false, out: null, help: false },
    });
  });

  it('are read', () => {
    expect(readOptions(['--seeds', '7,0', '--minutes', '0.5', '--sessions', '6', '--out', 'x', '--docs'])).toEqual({
      ...{ seeds: [7, 0], sessions: 6, seconds: 30, docs: true, out: 'x', help: false },
    });
  });

  it('say which is wrong', () => {
    for (const [args, words] of [
      [['--seeds', '1,1'], "--seeds: '1,1' names one twice"],
      [['--seeds', ''], "--seeds: expected a whole number from 0 to 2147483648, got ''"],
      [['--sessions', '3'], "--sessions: expected a whole number from 4 to 60, got '3'"],
      [['--minutes', '0.4'], "--minutes: expected 0.5 to 60, with at most one decimal, got '0.4'"],
      [['--minutes', '1e9'], "--minutes: expected 0.5 to 60, with at most one decimal, got '1e9'"],
      [['--what'], "Unknown option '--what'"],
      [['more'], "Unexpected argument 'more'"],
    ] as const) {
      expect(() => readOptions(args)).toThrow(words);
    }
  });
});
