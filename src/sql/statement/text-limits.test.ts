import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { one, parse, TABLES, told } from '../../../test/makers/statements.ts';
import { SqlError } from '../sql-error.ts';
import { openStatements } from './parse-statements.ts';
import { MAX_TEXT_BYTES } from './text-limits.ts';

const DEEP = '54001 the statement is nested too deeply';

/** Each as deep as is said: by parentheses, by keywords, or only by going on. */
const SHAPES: Readonly<Record<string, (depth: number) => string>> = {
  parentheses: (n) => `select ${'('.repeat(n)}1${')'.repeat(n)}`,
  queries: (n) => `select ${'(select '.repeat(n)}1${')'.repeat(n)}`,
  FROM: (n) => `select 1 from ${'(select 1 from '.repeat(n)}x${')'.repeat(n)}`,
  WITH: (n) => `${'with a as('.repeat(n)}table b${')table a'.repeat(n)}`,
  CASE: (n) => `select ${'case when '.repeat(n)}1${' then 1 end'.repeat(n)}`,
  calls: (n) => `select ${'abs('.repeat(n)}1${')'.repeat(n)}`,
  arrays: (n) => `select ${'array['.repeat(n)}1${']'.repeat(n)}`,
  NOT: (n) => `select ${'not '.repeat(n)}true`,
  UNION: (n) => `select 1${' union select 1'.repeat(n)}`,
  operators: (n) => `select 1${'+1'.repeat(n)}`,
  joins: (n) => `select 1 from a${' join a on true'.repeat(n)}`,
  casts: (n) => `select 1${'::int'.repeat(n)}`,
};

/** The text with what would fill it up to the longest that is taken. */
const filled = (before: string, unit: string, after = '') =>
  `${before}${unit.repeat(Math.floor((MAX_TEXT_BYTES - before.length - after.length) / unit.length))}${after}`;

describe('texts that are too much', () => {
  it.each(Object.entries(SHAPES))(
    '%s: nested too deeply are refused, and the next statement is not',
    async (_, shape) => {
      const own = await openStatements(TABLES);
      expect(own(shape(50))).toHaveLength(1);
      expect(() => own(shape(11_000))).toThrow(DEEP.slice(6));
      await settled(own);
      expect(own('select pid from sessions')).toEqual(parse('select pid from sessions'));
    },
  );

  it('are refused as often as they come, with no harm to what comes between them', async () => {
    const own = await openStatements(TABLES);
    const texts = [SHAPES['operators']?.(100_000), SHAPES['casts']?.(50_000), SHAPES['UNION']?.(17_000)] as string[];
    for (let count = 0; count < 60; count++) {
      expect(failure(() => own(texts[count % 3] as string))).toBe(DEEP);
      await new Promise(setImmediate);
      expect(own(`select pid, ${count} from sessions`)[0]?.tables).toEqual(new Set(['sessions']));
    }
  });

  it('do no harm to those who come at once, but where there are too many in one moment: which is told', async () => {
    const own = await openStatements(TABLES);
    const text = SHAPES['operators']?.(100_000) as string;
    for (let count = 0; count < 8; count++) {
      expect(failure(() => own('select 1'))).toBe('');
      expect(failure(() => own(text))).toBe(DEEP);
    }
    expect(failure(() => own('select 2'))).toMatch(/^57P03 the parser is being started anew/);
    await settled(own);
    expect(own('select 2')).toHaveLength(1);
  });

  it('are counted in bytes', () => {
    const text = (length: number) => `select '${'é'.repeat(length)}'`;
    expect(one(text((MAX_TEXT_BYTES - 10) / 2)).kind).toBe('run');
    expect(told(text((MAX_TEXT_BYTES - 6) / 2))).toBe(
      `54000 the text of the statement is too long: ${MAX_TEXT_BYTES + 3} bytes, at most ${MAX_TEXT_BYTES}`,
    );
  });

  it('are not read for minutes, because of signs in a row', () => {
    const SIGNS = '54001 the statement has too many signs of operators in a row';
    for (const unit of ['/**/', '+', '+-', '/*', '-+', '*/', '<', '@-']) {
      expect(told(filled('select 1 ', unit, ' 1'))).toBe(SIGNS);
    }
    // What people draw in comments is none of that.
    const banner = `/${'*'.repeat(78)}/\n--${'-'.repeat(78)}\n--${'='.repeat(78)}\n`;
    expect(one(`${banner.repeat(500)}select 1`).kind).toBe('run');
  });

  it('can be lists as long as they come', () => {
    expect(one(filled('select 1 in (1', ',1', ')')).kind).toBe('run');
    expect(one(filled('select 1 where true', ' and true')).kind).toBe('run');
    expect(parse(filled('', 'select 1;')).length).toBeGreaterThan(29_000);
  });

  it('are no text', () => {
    expect(told('select 1\0')).toBe('22021 invalid byte sequence for encoding "UTF8": 0x00');
    expect(told("select '\ud83d'")).toBe('22021 invalid byte sequence for encoding "UTF8": half of a surrogate pair');
  });

  it('fail in words whatever they are', () => {
    const words = fc.constantFrom(
      'select',
      'from',
      '(',
      ')',
      ';',
      "'",
      '"',
      '$$',
      '/*',
      '*/',
      '--',
      '\n',
      'E',
      'é',
      '😀',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(words, fc.string())).map((it) => it.join(' ')),
    );
    fc.assert(
      fc.property(text, (it) => {
        expect(failure(() => parse(it))).toMatch(/^$|^[0-9A-Z]{5} ./);
      }),
      { numRuns: 2000 },
    );
  });
});

/** What it fails with, in words; empty where it does not. */
function failure(act: () => unknown): string {
  try {
    act();
    return '';
  } catch (error) {
    if (error instanceof SqlError) return `${error.sqlState} ${error.message}`;
    throw error;
  }
}

/** Until it parses again. */
async function settled(own: (text: string) => unknown): Promise<void> {
  do await new Promise(setImmediate);
  while (failure(() => own('select 3')).startsWith('57P03'));
}
