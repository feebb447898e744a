import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArray, parseCsv } from '../../../test/makers/csv.ts';
import { type Text, toBytes, toText } from '../../model/text.ts';
import { bytesOfStored } from '../../registry/stored-text.ts';
import { type Column, nested } from '../../relations/column.ts';
import { sqlColumn } from './sql-column.ts';
import { tableCsv } from './table-csv.ts';

interface Row {
  readonly id: number;
  readonly text: Text | null;
  readonly word: string | null;
  readonly words: readonly string[] | null;
  readonly u64: bigint | null;
  readonly integer: number | null;
  readonly flag: boolean | null;
  readonly time: Date | null;
  readonly list: readonly Text[] | null;
  readonly names: readonly Text[] | null;
}

const about = { unit: null, doc: 'a value' };
const NAME: Column<Text> = { ...about, name: 'name', type: 'text', value: (it) => it };
const LENGTH: Column<Text> = { ...about, name: 'length', type: 'integer', value: (it) => it.text.length };

const COLUMNS: readonly Column<Row>[] = [
  { ...about, name: 'id', type: 'integer', value: (it) => it.id },
  { ...about, name: 'text', type: 'text', value: (it) => it.text },
  { ...about, name: 'word', type: 'word', value: (it) => it.word },
  { ...about, name: 'words', type: 'words', value: (it) => it.words },
  { ...about, name: 'u64', type: 'u64', value: (it) => it.u64 },
  { ...about, name: 'integer', type: 'integer', value: (it) => it.integer },
  { ...about, name: 'flag', type: 'boolean', value: (it) => it.flag },
  { ...about, name: 'time', type: 'time', value: (it) => it.time },
  nested({ ...about, name: 'list', type: 'list' }, [NAME, LENGTH], (it: Row) => it.list),
  nested({ ...about, name: 'names', type: 'list' }, [NAME], (it: Row) => it.names),
];

/** What names are made of that have broken other wires: KERNEL text is any bytes, and a word any characters. */
const ODD = [
  '\n',
  '\r',
  '\t',
  '"',
  "'",
  ',',
  '\\',
  '\\.',
  '\\N',
  '{',
  '}',
  'NULL',
  '',
  ' ',
  '\0',
  '\x7f',
  '\xff',
  '\xc3',
];
const byte = fc.integer({ min: 0, max: 255 }).map((it) => String.fromCharCode(it));
const bytes = fc.string({ unit: fc.oneof(byte, fc.constantFrom(...ODD)), maxLength: 12 });
const characters = fc.string({
  unit: fc.oneof(fc.constantFrom(...ODD, '😀', 'ß', '\uFFFD'), fc.string({ unit: 'binary' })),
});
const texts = bytes.map(toText);
const orNull = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: null });

const ROW: fc.Arbitrary<Row> = fc.record({
  id: fc.constant(7),
  text: orNull(texts),
  word: orNull(characters),
  words: orNull(fc.array(characters, { maxLength: 4 })),
  u64: orNull(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  integer: orNull(fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })),
  flag: orNull(fc.boolean()),
  time: orNull(fc.date({ noInvalidDate: true, min: new Date(-8.64e15), max: new Date(8.64e15) })),
  list: orNull(fc.array(texts, { maxLength: 3 })),
  names: orNull(fc.array(texts, { maxLength: 3 })),
});

const OBSERVED = new Date('2026-03-04T05:06:07.089Z');
const hostId = 'a "host", of\nours';
const ALL = new Set(COLUMNS.map(({ name }) => name));

function csvOf(rows: readonly Row[], wanted: ReadonlySet<string> = ALL): string {
  const told = { count: rows.length, rowsOf: () => rows, observedAt: () => OBSERVED };
  return Buffer.from(tableCsv(COLUMNS, told, { wanted, hostId })).toString('utf8');
}

/** Of a word, which has no other way of being told. */
const plain = (word: string) => Buffer.from(word).toString().replaceAll('\0', '\uFFFD');

describe('tableCsv()', () => {
  it('has every value whole', () => {
    const check = (rows: readonly Row[]) => {
      const parsed = parseCsv(csvOf(rows));
      expect(parsed).toHaveLength(rows.length);
      for (const [index, row] of rows.entries()) {
        const [id, text, word, words, u64, integer, flag, , list, names, hostId, observedAt] = parsed[index] ?? [];
        expect(id).toBe('7');
        expect(bytesOf(text)).toBe(row.text && toBytes(row.text));
        expect(word).toBe(row.word && plain(row.word));
        expect(words == null ? null : parseArray(words)).toEqual(row.words?.map(plain) ?? null);
        expect([u64, integer, flag]).toEqual([
          row.u64?.toString() ?? null,
          row.integer?.toString() ?? null,
          row.flag === null ? null : row.flag ? 't' : 'f',
        ]);
        expect(names == null ? null : parseArray(names).map(bytesOf)).toEqual(row.names?.map(toBytes) ?? null);
        expect(list == null ? null : JSON.parse(list).map((it: { name: string }) => it.name)).toEqual(
          row.list?.map((it) => it.text.replaceAll('\0', '\uFFFD')) ?? null,
        );
        expect([hostId, observedAt]).toEqual(['a "host", of\nours', OBSERVED.toISOString()]);
      }
    };
    fc.assert(fc.property(fc.array(ROW, { maxLength: 5 }), check), { numRuns: 300 });
  });

  it('tells an empty text from none, and leaves out what is not wanted', () => {
    const row = { id: 7, text: toText(''), word: '', words: [], names: [], list: [] };
    const none = { u64: null, integer: null, flag: null, time: null };
    const end = `"a ""host"", of\nours",${OBSERVED.toISOString()}\n`;
    expect(csvOf([{ ...row, ...none }])).toBe(`7,"","",{},,,,,[],{},${end}`);
    expect(csvOf([{ ...row, ...none }], new Set(['word']))).toBe(`,,"",,,,,,,,${end}`);
    expect(csvOf([])).toBe('');
  });

  it('is what Postgres reads', async () => {
    const rows = fc.sample(ROW, { numRuns: 400, seed: 7 }).map((row, id) => ({ ...row, id }));
    const db = await PGlite.create();
    try {
      const columns = COLUMNS.map(sqlColumn).map(({ name, type }) => `"${name}" ${type}`);
      await db.exec(`create table t (${columns.join(', ')}, host_id text, observed_at timestamptz)`);
      await db.query("copy t from '/dev/blob' with (format csv)", [], { blob: new Blob([Buffer.from(csvOf(rows))]) });
      const answer = await db.query<Record<string, string | null>>(
        `select id::text, text, word, to_json(words)::text as words, u64::text, "integer"::text, flag::text,
           case when isfinite(time) then (extract(epoch from time) * 1000)::bigint::text else time::text end as time,
           list::text, to_json(names)::text as names, host_id, (extract(epoch from observed_at) * 1000)::bigint::text as observed_at
         from t order by t.id`,
      );
      expect(answer.rows).toHaveLength(rows.length);
      for (const [index, row] of rows.entries()) {
        const it = answer.rows[index] ?? {};
        expect(bytesOf(it['text'])).toBe(row.text && toBytes(row.text));
        expect(it['word']).toBe(row.word && plain(row.word));
        expect(JSON.parse(it['words'] ?? 'null')).toEqual(row.words?.map(plain) ?? null);
        expect(it['u64']).toBe(row.u64?.toString() ?? null);
        expect(it['integer']).toBe(row.integer?.toString() ?? null);
        expect(it['flag']).toBe(row.flag?.toString() ?? null);
        expect(it['time']).toBe(row.time && (row.time < FIRST ? '-infinity' : row.time.getTime().toString()));
        const list: { name: string; length: number }[] | null = JSON.parse(it['list'] ?? 'null');
        expect(list?.map(({ length }) => length)).toEqual(row.list?.map((each) => each.text.length));
        expect(JSON.parse(it['names'] ?? 'null')?.map(bytesOf) ?? null).toEqual(row.names?.map(toBytes) ?? null);
        expect([it['host_id'], it['observed_at']]).toEqual(['a "host", of\nours', OBSERVED.getTime().toString()]);
      }
    } finally {
      await db.close();
    }
  });
});

/** What is before that is before all that Postgres has. */
const FIRST = new Date('-004712-01-01T00:00:00.000Z');

function bytesOf(stored: string | null | undefined): string | null {
  return stored == null ? null : bytesOfStored(stored);
}
