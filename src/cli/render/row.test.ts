import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toText } from '../../model/text.ts';
import { type Column, type Field, nested } from '../../relations/column.ts';
import { rowCells, rowFields } from './row.ts';

interface Inner {
  readonly name: string;
  readonly at: Date | null;
}

interface Row {
  readonly name: string | null;
  readonly words: readonly string[] | null;
  readonly inner: readonly Inner[] | null;
}

const about = { unit: null, doc: '' };
const text = (it: string) => toText(Buffer.from(it).toString('latin1'));

const WHEN: readonly Column<Date>[] = [{ ...about, name: 'at', type: 'time', value: (it) => it }];

const INNER: readonly Column<Inner>[] = [
  { ...about, name: 'name', type: 'text', value: (it) => text(it.name) },
  nested({ ...about, name: 'when', type: 'object' }, WHEN, (it: Inner) => (it.at === null ? null : [it.at])),
];

const COLUMNS = [
  { ...about, name: 'name', type: 'text', value: (it: Row) => (it.name === null ? null : text(it.name)) },
  { ...about, name: 'words', type: 'words', value: (it: Row) => it.words },
  nested({ ...about, name: 'inner', type: 'list' }, INNER, (it: Row) => it.inner),
] as const satisfies readonly Column<Row>[];
// Each row below is one of these columns' rows.
const FIELDS = COLUMNS as readonly Field[];

describe('rowFields()', () => {
  it('keeps a comma or colon within a list apart from those between', () => {
    const at = new Date('2026-11-25T10:00:00Z');
    const inner = [
      { name: 'a:b,c', at },
      { name: 'd', at: null },
    ];
    expect(rowFields(FIELDS, { name: 'a:b,c', words: ['x,y', 'z\t'], inner })).toEqual([
      'a:b,c',
      'x\\x2Cy,z\\t',
      'a\\x3Ab\\x2Cc:2026-11-25T10\\x3A00\\x3A00.000Z,d:',
    ]);
  });

  it('is empty for what is not known', () => {
    expect(rowFields(FIELDS, { name: null, words: null, inner: null })).toEqual(['', '', '']);
  });

  it('gives back every list of any names', () => {
    const names = fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1 });
    fc.assert(
      fc.property(names, (all) => {
        const inner = all.map((name) => ({ name, at: null }));
        const [, words = '', rows = ''] = rowFields(FIELDS, { name: null, words: all, inner });
        expect(words.split(',').map(readBack)).toEqual(all.map(bytes));
        expect(rows.split(',').map((it) => readBack(it.split(':')[0] ?? ''))).toEqual(all.map(bytes));
      }),
    );
  });
});

describe('rowCells()', () => {
  it('has a dash for what is not known or empty', () => {
    expect(rowCells(FIELDS, { name: '', words: [], inner: null }).map((it) => it.text)).toEqual(['-', '-', '-']);
  });
});

function bytes(of: string): string {
  return Buffer.from(of).toString('latin1');
}

/** What docs/json.md tells a reader of lines to do. */
function readBack(field: string): string {
  const short: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };
  return bytes(field).replace(/\\(?:x([0-9A-F]{2})|(.))/g, (_, hex: string | undefined, mark: string) => {
    return hex === undefined ? (short[mark] ?? '') : String.fromCharCode(Number.parseInt(hex, 16));
  });
}
