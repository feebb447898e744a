import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesFor, queryJob, rowsIn, TABLES } from '../../../test/makers/engine.ts';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import type { EngineJob } from './engine.ts';
import { startEngine } from './open-engine.ts';
import type { ThreadEngine } from './thread-engine.ts';

const ENDLESS = 'select count(*) from generate_series(1, 1e12)';

/** What kills Postgres: it waits for data that never comes. */
const DEADLY = 'begin read write; create table x (a int); copy x from stdin';

const LIMITS = { ms: 60_000, sharedMs: 60_000, waitMs: 60_000, bytes: 64 << 20 };

let engine: ThreadEngine;

const start = async () => startEngine(await filesFor(TABLES), TABLES);

async function rowsOf(sql: string, more: Partial<EngineJob> = {}) {
  return rowsIn(await engine.run(queryJob(sql, more)));
}

/** What it fails with, in words. */
async function failureOf(sql: string, more: Partial<EngineJob> = {}): Promise<string> {
  return await engine.run(queryJob(sql, more)).then(
    () => 'it has not failed',
    (error: unknown) => (error instanceof SqlError ? `${error.sqlState} ${error.message}` : String(error)),
  );
}

const TOO_SLOW = '57014 canceling statement due to statement timeout';
const CANCELLED = '57014 canceling statement due to user request';

describe('ThreadEngine', () => {
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(async () => {
    await engine.close();
  });

  it('runs jobs in the order in which they come, each over what it was given', async () => {
    const order: number[] = [];
    const jobs = Array.from({ length: 50 }, async (_, index) => {
      const tables = new Map([['others', Buffer.from(`${index},"${'x'.repeat(index * 1000)}"\n`)]]);
      const rows = await rowsOf('select id, length("what is it") from others', { tables, owner: { index } });
      order.push(index);
      return rows;
    });
    expect(await Promise.all(jobs)).toEqual(order.map((index) => [[`${index}`, `${index * 1000}`]]));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('takes contents from memory that is shared, and leaves what it was given alone', async () => {
    const given = Buffer.from('1,a\n2,b\n');
    const shared = new Uint8Array(new SharedArrayBuffer(given.length));
    shared.set(given);
    for (const bytes of [given, shared, given]) {
      expect(await rowsOf('select count(*) from others', { tables: new Map([['others', bytes]]) })).toEqual([['2']]);
    }
    expect(given.toString()).toBe('1,a\n2,b\n');
  });

  it('tells an error of Postgres as an answer', async () => {
    const answer = await engine.run(queryJob('select 1/0'));
    expect(() => rowsIn(answer)).toThrow(expect.objectContaining({ sqlState: '22012', message: 'division by zero' }));
    expect(await failureOf('select * from others')).toBe('it has not failed');
    await expect(rowsOf('select * from others')).rejects.toMatchObject({ sqlState: '58030' });
  });

  it('ends what takes too long, and runs what waits in another thread', async () => {
    const slow = failureOf(ENDLESS, { limits: { ...LIMITS, ms: 300 } });
    const next = rowsOf('select 1');
    expect(await slow).toBe(TOO_SLOW);
    expect(await next).toEqual([['1']]);
  });

  it('does not count the time that a job waits', async () => {
    const first = rowsOf('select pg_sleep(1)');
    const second = rowsOf('select 2', { limits: { ...LIMITS, ms: 900 } });
    expect([await first, await second]).toEqual([[['']], [['2']]]);
  });

  it('ends what has run for long where others wait, and lets it run where nobody does', async () => {
    const limits = { ...LIMITS, sharedMs: 200 };
    expect(await rowsOf('select pg_sleep(0.5)', { limits })).toEqual([['']]);
    const endless = failureOf(ENDLESS, { limits });
    expect(await rowsOf('select 1')).toEqual([['1']]);
    expect(await endless).toBe(TOO_SLOW);
  });

  it('tells who has waited for too long to ask again, and never runs that', async () => {
    const running = rowsOf('select pg_sleep(1)');
    const waiting = failureOf(DEADLY, { limits: { ...LIMITS, waitMs: 100 } });
    expect(await waiting).toBe('55P03 canceling statement: the engine was not free in time');
    expect(await running).toEqual([['']]);
    expect(await rowsOf('select 1')).toEqual([['1']]);
  });

  it('can wait for longer than a timer can', async () => {
    for (const ms of [2 ** 40, Number.POSITIVE_INFINITY]) {
      expect(await rowsOf('select 1', { limits: { ...LIMITS, ms } })).toEqual([['1']]);
    }
  });

  it('drops a cancelled job that waits, and the one that runs goes on', async () => {
    const cancel = new AbortController();
    const running = rowsOf('select pg_sleep(0.3)');
    const waiting = failureOf('select 2', { signal: cancel.signal });
    const behind = rowsOf('select 3');
    cancel.abort();
    expect(await waiting).toBe(CANCELLED);
    expect([await running, await behind]).toEqual([[['']], [['3']]]);
    expect(await failureOf('select 4', { signal: cancel.signal })).toBe(CANCELLED);
  });

  it('ends a cancelled job that runs, and a cancel after its end does nothing', async () => {
    await rowsOf('select 1');
    const cancel = new AbortController();
    const running = failureOf(ENDLESS, { signal: cancel.signal });
    const behind = rowsOf('select 2');
    cancel.abort();
    expect(await running).toBe(CANCELLED);
    expect(await behind).toEqual([['2']]);
    const late = new AbortController();
    await rowsOf('select 3', { signal: late.signal });
    const other = rowsOf('select pg_sleep(0.1)');
    late.abort();
    expect(await other).toEqual([['']]);
  });

  it('refuses too large a result, and says how large it may be', async () => {
    const limits = { ...LIMITS, bytes: 10_000 };
    const message = '54000 the result is larger than 10000 bytes';
    expect(await failureOf('select repeat($$x$$, 100), generate_series(1, 1e9)', { limits })).toBe(message);
    expect(await failureOf('select repeat($$x$$, 10000)', { limits })).toBe(message);
    expect(await rowsOf('select 1', { limits })).toEqual([['1']]);
  });

  it('gives a result of many megabytes whole', async () => {
    const rows = await rowsOf('select repeat(chr(64 + g % 50), 1000) from generate_series(1, 20000) g');
    expect(rows).toHaveLength(20_000);
    expect(rows.every(([text], index) => text === String.fromCharCode(64 + ((index + 1) % 50)).repeat(1000))).toBe(
      true,
    );
  });

  it('says of a job that kills the engine what it was, and runs all others', async () => {
    const deadly = failureOf(DEADLY);
    const next = rowsOf('select 1');
    expect(await deadly).toMatch(/^58000 the database engine has ended while it ran this: terminating connection/);
    expect(await next).toEqual([['1']]);
  });

  it('knows a statement that is too deep for the stack', async () => {
    const deep = [
      `select 1${'+1'.repeat(100_000)}`,
      `select '${'['.repeat(3_000_000)}'::jsonb`,
      `select ${'abs('.repeat(2000)}1${')'.repeat(2000)} ${'union select 1 '.repeat(5000)}`,
      `select 1 where ${'not '.repeat(100_000)} true`,
      `select ${'case when true then '.repeat(3000)} 1 ${'end '.repeat(3000)}`,
    ];
    for (const sql of deep) {
      const failed = await rowsOf(sql).then(
        () => 'none',
        (error: SqlError) => error.sqlState,
      );
      expect(failed).toMatch(/^(?:none|54001|42601)$/);
    }
    expect(await rowsOf('select 1')).toEqual([['1']]);
  });

  it('lets go of the memory that one statement has needed', async () => {
    const large = "select length(repeat('x', 120000000))";
    const kept = 'select current_setting($$my.mark$$, true)';
    const settings = () => frontend.query('set my.mark = 1');
    const owner = {};
    expect(await rowsOf(kept, { owner, settings })).toEqual([['1']]);
    expect(await rowsOf(large, { owner, settings })).toEqual([['120000000']]);
    const all = [1, 2, 3].map(() => rowsOf(kept, { owner, settings }));
    expect(await Promise.all(all)).toEqual([[['1']], [['1']], [['1']]]);
  });

  it('keeps the settings and the statements of its clients apart', async () => {
    const client = (value: string) => {
      const frames = Buffer.concat([
        frontend.parse('s', `select '${value}', current_setting('my.mark')`),
        frontend.sync(),
      ]);
      const bind = { portal: '', statement: 's', parameterFormats: [], parameters: [], resultFormats: [] };
      const run = Buffer.concat([frontend.bind(bind), frontend.execute(''), frontend.sync()]);
      return {
        owner: { value },
        settings: () => frontend.query(`select set_config('my.mark', '${value}', false)`),
        statement: { name: 's', frames },
        frames: run,
      };
    };
    const clients = ['a', 'b', 'c'].map(client);
    const jobs = Array.from({ length: 60 }, (_, index) => clients[(index * index) % 3] as Partial<EngineJob>);
    const answers = await Promise.all(jobs.map((job) => rowsOf('', job)));
    const names = Array.from({ length: 60 }, (_, index) => 'abc'[(index * index) % 3]);
    expect(answers).toEqual(names.map((name) => [[name, name]]));
    expect(await rowsOf("select current_setting('my.mark', true) is null")).not.toEqual([['a']]);
  });

  it('gives a new thread the settings and the statement of its client again', async () => {
    const frames = Buffer.concat([frontend.parse('s', "select current_setting('my.mark')"), frontend.sync()]);
    const bind = { portal: '', statement: 's', parameterFormats: [], parameters: [], resultFormats: [] };
    let asked = 0;
    const settings = () => {
      asked++;
      return frontend.query("set my.mark = 'mine'");
    };
    const run = Buffer.concat([frontend.bind(bind), frontend.execute(''), frontend.sync()]);
    const job = { owner: {}, settings, statement: { name: 's', frames }, frames: run };
    expect(await rowsOf('', job)).toEqual([['mine']]);
    expect(await rowsOf('', job)).toEqual([['mine']]);
    expect(asked).toBe(1);
    expect(await failureOf(DEADLY, { owner: job.owner, settings })).toMatch(/^58000/);
    expect(await rowsOf('', job)).toEqual([['mine']]);
    engine.forget(job.owner);
    expect(await rowsOf('', job)).toEqual([['mine']]);
    expect(asked).toBe(3);
  });

  it('answers with what is wrong about settings or a statement, and does not run the job', async () => {
    const bad = { owner: {}, settings: () => frontend.query("set timezone = 'nowhere'") };
    await expect(rowsOf('select 1', bad)).rejects.toMatchObject({ sqlState: '22023' });
    await expect(rowsOf('select 1', bad)).rejects.toMatchObject({ sqlState: '22023' });
    const frames = Buffer.concat([frontend.parse('s', 'select nothing'), frontend.sync()]);
    await expect(rowsOf('select 1', { statement: { name: 's', frames } })).rejects.toMatchObject({ sqlState: '42703' });
    const throwing = () => {
      throw new TypeError('a mistake');
    };
    expect(await failureOf('select 1', { owner: {}, settings: throwing })).toBe('TypeError: a mistake');
    expect(await failureOf('', { frames: frontend.terminate() })).toMatch(/^RangeError/);
    expect(await rowsOf('select 1')).toEqual([['1']]);
  });

  it('runs ten thousand jobs, and has no more in it than before', async () => {
    const lines = Buffer.from('1,"some text"\n'.repeat(100));
    const [statements, owners] = [10, 5];
    const many = async (count: number) => {
      const jobs = Array.from({ length: count }, (_, index) => {
        const owner = ownersOf[index % owners] as object;
        const sql = index % 7 === 0 ? 'select 1/0' : `select *, ${index % statements} from others`;
        return engine.run(queryJob(sql, { owner, tables: new Map([['others', lines]]) }));
      });
      await Promise.all(jobs);
      const contexts = 'select sum(total_bytes) from pg_backend_memory_contexts';
      const [[bytes]] = (await rowsOf(contexts, { owner: {} })) as [[string]];
      return Number(bytes);
    };
    const ownersOf = Array.from({ length: owners }, () => ({}));
    const before = await many(1000);
    const resident = process.memoryUsage.rss();
    expect(await many(10_000)).toBeLessThan(before * 1.2);
    expect(process.memoryUsage.rss() - resident).toBeLessThan(100 << 20);
  });
});

describe('ThreadEngine, when it is closed', () => {
  it('fails what runs and what waits, and takes nothing more', async () => {
    engine = await start();
    await rowsOf('select 1');
    const all = [failureOf(ENDLESS), failureOf('select 2'), failureOf('select 3')];
    await engine.close();
    const message = '57P01 terminating connection due to administrator command';
    expect(await Promise.all(all)).toEqual([message, message, message]);
    expect(await failureOf('select 4')).toBe(message);
    await engine.close();
  });

  it('leaves no thread behind, however early', async () => {
    const threads = () => process.getActiveResourcesInfo().filter((it) => it === 'MessagePort').length;
    const before = threads();
    for (const isStarted of [false, true]) {
      engine = await start();
      if (isStarted) await rowsOf('select 1');
      const waiting = failureOf('select 2');
      await engine.close();
      expect(await waiting).toMatch(/^57P01/);
    }
    await waitFor('the end of the threads', () => threads() === before);
  });
});
