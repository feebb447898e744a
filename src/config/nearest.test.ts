import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

describe('nearest()', () => {
  it.each([
    ['shwo', 'show'],
    ['lst', 'list'],
    ['home', 'homes'],
    ['HOMES', 'homes'],
    ['pd', 'pid'],
    ['records', 'record'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, ['list', 'show', 'homes', 'pid', 'record'])).toBe(meant);
  });

  it.each(['', 'x', 'kill', 'registry'])('guesses nothing for %j', (word) => {
    expect(nearest(word, ['list', 'show', 'homes', 'record'])).toBeNull();
  });
});
