import { describe, expect, it } from 'vitest';
import { asksForJson } from './options.ts';

describe('asksForJson()', () => {
  it.each([
    ['list --json', true],
    ['list -o json', true],
    ['list -ojson', true],
    ['list --output json', true],
    ['list --output=json --nonsense', true],
    ['list -o ndjson', true],
    ['list --output=ndjson', true],
    ['list -o tsv', false],
    ['list json', false],
    ['list -- --json', false],
    ['', false],
  ])('%s: %s', (args, expected) => {
    expect(asksForJson(args.split(' '))).toBe(expected);
  });
});
