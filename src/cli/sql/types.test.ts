import { describe, expect, it } from 'vitest';
import { isNumber, isWhole, toJsonValue } from './types.ts';

const BIGINT = 20;
const FLOAT8 = 701;
const JSONB = 3802;
const NUMERIC = 1700;
const TEXT = 25;
const TEXTS = 1009;
const TIMESTAMPTZ = 1184;

describe('toJsonValue()', () => {
  it.each([
    ['t', 16, true],
    ['f', 16, false],
    ['4711', BIGINT, 4711],
    ['9007199254740991', BIGINT, 9007199254740991],
    ['9007199254740993', BIGINT, '9007199254740993'],
    ['-9223372036854775808', BIGINT, '-9223372036854775808'],
    ['18446744073709551615', NUMERIC, '18446744073709551615'],
    ['1', NUMERIC, '1'],
    ['0.5', FLOAT8, 0.5],
    ['NaN', FLOAT8, 'NaN'],
    ['-Infinity', FLOAT8, '-Infinity'],
    ['1', TEXT, '1'],
    ['', TEXT, ''],
    [null, TEXT, null],
    ['2026-11-26 02:06:50.123456+00', TIMESTAMPTZ, '2026-11-26T02:06:50.123456Z'],
    ['2026-11-26 02:06:50+01', TIMESTAMPTZ, '2026-11-26T02:06:50.000+01:00'],
    ['2026-11-26 02:06:50+05:30', TIMESTAMPTZ, '2026-11-26T02:06:50.000+05:30'],
    ['infinity', TIMESTAMPTZ, 'infinity'],
    ['2026-11-26 02:06:50', 1114, '2026-11-26T02:06:50.000'],
    ['2026-11-26 02:06:50.19+00', TIMESTAMPTZ, '2026-11-26T02:06:50.190Z'],
  ])('%s of type %i is %j', (text, type, expected) => {
    expect(toJsonValue(text, type)).toBe(expected);
  });

  it('arrays are arrays, in whatever way their elements have to be quoted', () => {
    expect(toJsonValue('{a,"b,c","d\\"e\\\\f",NULL,"NULL",""}', TEXTS)).toEqual([
      'a',
      'b,c',
      'd"e\\f',
      null,
      'NULL',
      '',
    ]);
    expect(toJsonValue('{}', TEXTS)).toEqual([]);
    expect(toJsonValue('{{1,2},{3,9007199254740993}}', 1016)).toEqual([
      [1, 2],
      [3, '9007199254740993'],
    ]);
  });

  it('a document is what it holds, and none of its numbers is rounded', () => {
    const document =
      '{"a": [1, 2.5, 1e3], "ino": 18446744073709551615, "b": "say \\"18446744073709551615\\"", "c": null}';
    expect(toJsonValue(document, JSONB)).toEqual({
      a: [1, 2.5, 1000],
      ino: '18446744073709551615',
      b: 'say "18446744073709551615"',
      c: null,
    });
  });
});

describe('the types', () => {
  it('a part of a number, time or truth is another one', () => {
    expect([BIGINT, NUMERIC, FLOAT8, TIMESTAMPTZ, 16].map(isWhole)).toEqual([true, true, true, true, true]);
    expect([TEXT, TEXTS, JSONB].map(isWhole)).toEqual([false, false, false]);
    expect([TIMESTAMPTZ, BIGINT].map(isNumber)).toEqual([false, true]);
  });
});
