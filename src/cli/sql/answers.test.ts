import { describe, expect, it } from 'vitest';
import type { SqlResult } from './answer.ts';
import { checkNames, resultObjects } from './answer-json.ts';
import { csvHeading, resultCsv, resultLines, resultTable } from './answer-text.ts';

const TEXT = 25;
const BIGINT = 20;

const ODD = ['plain', '', null, 'a\tb', 'a\nb', '\x1b[31m', 'say "x"', 'a,b', '\\xFF', '\u202etxt'];

function result(
  columns: Readonly<Record<string, number>>,
  ...rows: readonly (readonly (string | null)[])[]
): SqlResult {
  return { columns: Object.entries(columns).map(([name, typeOid]) => ({ name, typeOid })), rows, tag: '' };
}

const odd = result({ name: TEXT }, ...ODD.map((it) => [it]));

describe('resultTable()', () => {
  const layout = { headings: true, color: false, width: null };

  it('has headings as SQL has them, numbers at the right, and NULL', () => {
    const it = result({ Name: TEXT, n: BIGINT, last: TEXT }, ['ada', '7', ''], [null, '4711', null]);
    expect(resultTable(it, layout)).toBe('Name     n  last\nada      7\nNULL  4711  NULL\n');
  });

  it('keeps every value in one line, and away from the terminal', () => {
    const lines = resultTable(odd, { ...layout, headings: false }).split('\n');
    expect(lines).toEqual([
      'plain',
      '',
      'NULL',
      'a\\tb',
      'a\\nb',
      '\\x1B[31m',
      'say "x"',
      'a,b',
      '\\xFF',
      '\\xE2\\x80\\xAEtxt',
      '',
    ]);
  });

  it('shortens words where there is no room, and no number', () => {
    const it = result({ cwd: TEXT, n: BIGINT }, [`/srv/${'x'.repeat(100)}/ada`, '123456789012345']);
    const text = resultTable(it, { ...layout, width: 40 });
    expect(text).toContain('123456789012345');
    expect(text).toContain('/ada');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBe(40);
  });
});

describe('resultTable() of very much', () => {
  it('is refused, and what writes line by line is named', () => {
    const rows = Array.from({ length: 1000 }, () => ['x'.repeat(300_000)]);
    const layout = { headings: false, color: false, width: null };
    expect(() => resultTable({ columns: [{ name: 'a', typeOid: TEXT }], rows, tag: '' }, layout)).toThrow('too large');
  });
});

describe('resultLines()', () => {
  it('has truths and times as the other commands write them', () => {
    const it = result({ a: 16, b: 16, c: 1184 }, ['t', 'f', '2026-11-26 02:06:50.1+00']);
    expect(resultLines(it)).toBe('true\tfalse\t2026-11-26T02:06:50.100Z\n');
  });

  it('is one line a row, from which every value can be had back', () => {
    const back = resultLines(odd)
      .split('\n')
      .slice(0, -1)
      .map((line) =>
        line.replace(/\\(?:x([0-9A-F]{2})|(.))/g, (_, hex, mark) =>
          hex
            ? String.fromCharCode(Number.parseInt(hex, 16))
            : ({ t: '\t', n: '\n', r: '\r', '\\': '\\' }[mark as string] ?? '?'),
        ),
      );
    expect(back).toEqual(ODD.map((it) => it ?? ''));
  });
});

describe('resultCsv()', () => {
  it('tells NULL from an empty text, and has everything else as it is', () => {
    const text = csvHeading(odd, false) + resultCsv(odd, false);
    expect(text).toBe('name\nplain\n""\n\na\tb\n"a\nb"\n\x1b[31m\n"say ""x"""\n"a,b"\n\\xFF\n\u202etxt\n');
  });

  it('escapes what a terminal obeys only where there is one', () => {
    expect(resultCsv(odd, true)).not.toContain('\x1b');
  });
});

describe('resultObjects()', () => {
  it('has an object a row, with every column', () => {
    expect(resultObjects(result({ name: TEXT, pid: BIGINT }, ['ada', '7'], [null, null]))).toEqual([
      { name: 'ada', pid: 7 },
      { name: null, pid: null },
    ]);
    expect(JSON.stringify(resultObjects(result({ b: TEXT, a: TEXT }, ['1', '2'])))).toBe('[{"b":"1","a":"2"}]');
  });

  it('refuses two values under one name, and takes one value that stands there twice', () => {
    const columns = [
      { name: 'pid', typeOid: BIGINT },
      { name: 'pid', typeOid: BIGINT },
    ];
    const same = { columns, rows: [['7', '7']], tag: '' };
    checkNames(same);
    expect(resultObjects(same)).toEqual([{ pid: 7 }]);
    expect(() => checkNames({ columns, rows: [['7', '8']], tag: '' })).toThrow('two columns are named pid');
  });

  it('loses no column for its name', () => {
    const [row] = resultObjects(result({ __proto: TEXT }, ['x']));
    expect(row).toEqual({ __proto: 'x' });
    const odd = resultObjects({ columns: [{ name: '__proto__', typeOid: TEXT }], rows: [['x']], tag: '' });
    expect(JSON.stringify(odd)).toBe('[{"__proto__":"x"}]');
  });
});
