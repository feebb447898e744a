import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesFor, lettersIn, rowsIn, TABLES, tagsIn } from '../../../test/makers/engine.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import { Postgres, type PostgresRun } from './postgres.ts';

let code: WebAssembly.Module | null = null;

async function start(timeZone = 'UTC'): Promise<Postgres> {
  const { template } = await filesFor(TABLES);
  const postgres = await Postgres.start({ template, timeZone, code, tables: TABLES.map(({ name }) => name) });
  code = postgres.code;
  return postgres;
}

/** The answer's frames. */
async function answerOf(postgres: Postgres, sql: string, more: Partial<PostgresRun> = {}): Promise<Uint8Array> {
  const run = { before: [], frames: frontend.query(sql), contents: new Map(), maxBytes: 1 << 26, ...more };
  const answer = await postgres.run(run);
  if (answer.kind !== 'answer') throw new Error('the answer is too long');
  return answer.frames;
}

async function rowsOf(postgres: Postgres, sql: string, more: Partial<PostgresRun> = {}) {
  return rowsIn(await answerOf(postgres, sql, more));
}

async function stateOf(postgres: Postgres, sql: string): Promise<string> {
  try {
    await rowsOf(postgres, sql);
    return 'none';
  } catch (error) {
    if (error instanceof SqlError) return error.sqlState;
    throw error;
  }
}

const csv = (text: string) => ({ contents: new Map([['others', Buffer.from(text)]]) });

describe('Postgres', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await start('Europe/Berlin');
  });
  afterAll(async () => {
    await postgres.close();
  });

  it('is a database of our name, in the time zone of the host', async () => {
    const said = "select current_database(), current_setting('timezone'), '2026-07-01 00:00Z'::timestamptz::text";
    expect(await rowsOf(postgres, said)).toEqual([['plumbline', 'Europe/Berlin', '2026-07-01 02:00:00+02']]);
    expect(await rowsOf(postgres, 'select datname from pg_database')).toEqual([['plumbline']]);
  });

  it('has the tables as tables, with what they are, and what they are read from out of sight', async () => {
    const listed = `select relname, relkind, obj_description(oid) from pg_class
      where pg_table_is_visible(oid) and relnamespace = 'public'::regnamespace order by 1`;
    expect(await rowsOf(postgres, listed)).toEqual(
      TABLES.map(({ name, comment }) => [name, 'p', comment]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
    for (const { name, columns } of TABLES) {
      const found = `select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) from pg_attribute
        where attrelid = '${name}'::regclass and attnum > 0 order by attnum`;
      const expected = columns.map((it) => [
        it.name,
        it.type.replace(/^timestamptz$/, 'timestamp with time zone'),
        it.comment,
      ]);
      expect(await rowsOf(postgres, found)).toEqual(
        expected.map(([a, b, c]) => [a, b === 'numeric(20)' ? 'numeric(20,0)' : b, c]),
      );
    }
  });

  it('reads values of every type', async () => {
    const row = ['a', '-9223372036854775808', '18446744073709551615', 't', '{"a b",c}', '{"a": [1, null]}', 'h'];
    const line =
      'a,-9223372036854775808,18446744073709551615,t,"{""a b"",c}","{""a"":[1,null]}",h,2026-01-01T00:00:00.123456Z';
    const contents = new Map([['things', Buffer.from(`${line}\n,,,,,,,\n`)]]);
    expect(await rowsOf(postgres, 'select * from things', { contents })).toEqual([
      [...row, '2026-01-01 01:00:00.123456+01'],
      row.map(() => null).concat([null]),
    ]);
  });

  it.each([
    ['a dot behind a backslash, alone on its line', '\\.'],
    ['the same between lines', 'a\n\\.\nb'],
    ['a tab', 'a\tb'],
    ['line ends of all kinds', 'a\nb\r\nc\rd'],
    ['quotes', `"a" 'b' ""`],
    ['backslashes', '\\ \\\\ \\N \\x41'],
    ['commas', ',a,,b,'],
    ['the empty text', ''],
    ['what stands for null elsewhere', 'NULL'],
    ['spaces around it', '  a  '],
    ['letters of all kinds', 'ä漢🙂\u0301\u200f'],
    ['control characters', '\u0001\u001b[31m\u007f'],
    ['a long text', 'x"y,\n'.repeat(40_000)],
  ])('takes text whole: %s', async (_what, text) => {
    const quoted = `"${text.replaceAll('"', '""')}"`;
    const found = await rowsOf(
      postgres,
      'select id, "what is it" from others order by id',
      csv(`1,${quoted}\n2,${quoted}\n3,\n`),
    );
    expect(found).toEqual([
      ['1', text],
      ['2', text],
      ['3', null],
    ]);
  });

  it('reads a table as often as a statement asks, and tables that are large', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index},"n${index}"\n`).join('');
    const sql = `select count(*), sum(a.id), max(length(b."what is it")) from others a join others b using (id)`;
    expect(await rowsOf(postgres, sql, csv(lines))).toEqual([['20000', '199990000', '6']]);
    expect(await rowsOf(postgres, sql, csv(''))).toEqual([['0', null, null]]);
  });

  it('plans with the size that a table has', async () => {
    const planned = async (lines: number) => {
      const content = csv('1,"some text of some length"\n'.repeat(lines));
      const [[plan]] = (await rowsOf(postgres, 'explain (format json) select * from others', content)) as [[string]];
      return JSON.parse(plan)[0].Plan['Plan Rows'] as number;
    };
    expect(await planned(50_000)).toBeGreaterThan(20 * (await planned(100)));
  });

  it('does not read what it was not given, and goes on', async () => {
    expect(await stateOf(postgres, 'select * from others')).toBe('58030');
    expect(await rowsOf(postgres, 'select count(*) from others', csv('1,a\n'))).toEqual([['1']]);
    expect(await stateOf(postgres, 'select * from others')).toBe('58030');
    expect(await stateOf(postgres, 'explain select * from others')).toBe('none');
  });

  it('tells of damaged contents, and goes on', async () => {
    const read = rowsOf(postgres, 'select * from others', csv('1,a\nx,b\n'));
    await expect(read).rejects.toMatchObject({ sqlState: '22P02' });
    expect(await rowsOf(postgres, 'select 1')).toEqual([['1']]);
  });

  it.each(['', 'discard all', 'reset all', 'reset default_transaction_read_only'])(
    'only reads, after "%s"',
    async (sql) => {
      await answerOf(postgres, sql);
      for (const write of [
        'create table x (a int)',
        'insert into others values (1)',
        'update pg_database set datname = $$x$$',
      ]) {
        expect(await stateOf(postgres, write)).toBe('25006');
      }
    },
  );

  it('leaves nothing of a run to the next: a block, a failed one, a copy, an error between messages', async () => {
    const clean = async () => {
      expect(lettersIn(await answerOf(postgres, 'select 1'))).toBe('TDC');
      expect(await stateOf(postgres, 'savepoint a')).toBe('25P01');
    };
    expect(tagsIn(await answerOf(postgres, 'begin'))).toEqual(['BEGIN']);
    await clean();
    expect(await stateOf(postgres, 'begin; declare c cursor with hold for select 1; select 1/0')).toBe('22012');
    await clean();
    expect(await rowsOf(postgres, 'select count(*) from pg_cursors')).toEqual([['0']]);
    expect(lettersIn(await answerOf(postgres, 'copy (values (1), (2)) to stdout'))).toBe('HddcC');
    await clean();
    const broken = Buffer.concat([
      frontend.parse('', 'select 1/0 from nowhere'),
      frontend.execute(''),
      frontend.sync(),
    ]);
    expect(lettersIn(await answerOf(postgres, '', { frames: broken }))).toBe('E');
    await clean();
  });

  it('answers an empty query, and messages up to their Sync', async () => {
    expect(lettersIn(await answerOf(postgres, ''))).toBe('I');
    const bind = { portal: '', statement: '', parameterFormats: [], parameters: [Buffer.from('7')], resultFormats: [] };
    const frames = [frontend.parse('', 'select $1::int + 1'), frontend.bind(bind), frontend.describe('portal', '')];
    const run = Buffer.concat([...frames, frontend.execute(''), frontend.flush(), frontend.sync()]);
    const answer = await answerOf(postgres, '', { frames: run });
    expect([lettersIn(answer), rowsIn(answer)]).toEqual(['12TDC', [['8']]]);
  });

  it('stops at the first of what comes before that fails, and says which', async () => {
    const before = ['select 1', 'select 1/0', 'select 3'].map((it) => frontend.query(it));
    const answer = await postgres.run({
      before,
      frames: frontend.query('select 4'),
      contents: new Map(),
      maxBytes: 1 << 20,
    });
    expect(answer).toMatchObject({ kind: 'answer', done: 1 });
    expect(lettersIn(answer.kind === 'answer' ? answer.frames : new Uint8Array())).toBe('E');
  });

  it('ends a statement that answers too much, long before its end', async () => {
    const frames = frontend.query('select repeat($$x$$, 1000), generate_series(1, 2000000000)');
    const run = { before: [], frames, contents: new Map(), maxBytes: 1 << 20 };
    expect(await postgres.run(run)).toEqual({ kind: 'too_much', done: 0 });
    expect(await rowsOf(postgres, 'select 1')).toEqual([['1']]);
    const copy = { ...run, frames: frontend.query('copy (select generate_series(1, 2000000000)) to stdout') };
    expect(await postgres.run(copy)).toEqual({ kind: 'too_much', done: 0 });
    // It ends where it was too much, and what comes next is not ended for it.
    const last = { ...run, frames: frontend.query('select repeat($$x$$, 2000000)') };
    expect(await postgres.run(last)).toEqual({ kind: 'too_much', done: 0 });
    expect(await rowsOf(postgres, 'select count(*) from generate_series(1, 100000)')).toEqual([['100000']]);
  });

  it('fails with an error where a statement needs too much memory, or puts too much aside, and goes on', async () => {
    const sort =
      'select g, repeat($$x$$, 500) from generate_series(1, 10000000) g order by 2, 1 limit 1 offset 9999999';
    expect(await stateOf(postgres, sort)).toBe('53400');
    expect(await stateOf(postgres, "select repeat('x', 300000000) || repeat('y', 300000000)")).toBe('53200');
    expect(await rowsOf(postgres, 'select 1')).toEqual([['1']]);
  });
});

describe('Postgres, where it dies', () => {
  it.each([
    [
      'what waits for data that never comes',
      frontend.query('begin read write; create table x (a int); copy x from stdin'),
      /synchronization/,
    ],
    ['a message that there is not', Buffer.from('z\0\0\0\x04'), /synchronization|invalid frontend/],
    ['half a message', frontend.query('select 1').subarray(0, 8), /exit/],
  ])('says why, and does nothing more: %s', async (_what, frames, why) => {
    const postgres = await start();
    await expect(answerOf(postgres, '', { frames })).rejects.toThrow(why);
    await expect(answerOf(postgres, 'select 1')).rejects.toThrow(why);
  });

  it('says why it does not start', async () => {
    const { template } = await filesFor(TABLES);
    const options = { template, code, tables: [] };
    await expect(Postgres.start({ ...options, timeZone: 'Nowhere/Town' })).rejects.toThrow('TimeZone');
    await expect(Postgres.start({ ...options, timeZone: 'UTC', template: '/nowhere.tar.gz' })).rejects.toThrow(
      'ENOENT',
    );
  });
});
