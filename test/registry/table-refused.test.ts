import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/model/errors.ts';
import type { TableMapping } from '../../src/model/table-mapping.ts';
import { openTable } from '../../src/registry/table/table.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { AGENTS, connectTo, MAPPING, rowsOf, syncOf } from './tables.ts';

describe.each(postgresVersions().slice(-1))("somebody else's table in Postgres $major", (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);
  const open = (url = server().createDatabase()) => connectTo(url);

  it.each<[string, string, Partial<TableMapping>, RegExp, RegExp]>([
    ['no table', 'select 1', {}, /there is no table agents/, /write it as SQL does/],
    [
      'a view',
      'create view agents as select 1 as name',
      { columns: { pid: 'name' } },
      /it is a view/,
      /table behind it/,
    ],
    ['no such column', AGENTS, { columns: { pid: 'PID' } }, /no column PID \(pid\)/, /it is called pid/],
    [
      'a key twice',
      'create table agents (name text, pid integer)',
      {},
      /name \(key\) is not unique/,
      /create unique index/,
    ],
    [
      'a key that is unique in part',
      `create table agents (name text, pid integer); create unique index on agents (name) where pid > 0`,
      { columns: { pid: 'pid' } },
      /name \(key\) is not unique/,
      /create unique index concurrently on public.agents \("name"\);/,
    ],
    [
      'a pid that is a date',
      'create table agents (name text primary key, pid date)',
      { columns: { pid: 'pid' } },
      /pid \(pid\) is of type date/,
      /alter column "pid" type integer/,
    ],
    [
      'a time without a zone',
      'create table agents (name text primary key, pid integer, seen timestamp)',
      { columns: { pid: 'pid', observed_at: 'seen' } },
      /seen \(observed_at\) is of type timestamp without time zone/,
      /type timestamptz/,
    ],
    [
      'an enum without the value',
      `create type state as enum ('running'); create table agents (name text primary key, pid integer, status state)`,
      { columns: { pid: 'pid', status: 'status' } },
      /has no dead/,
      /alter type state add value 'dead';/,
    ],
    [
      'nowhere to say the end',
      'create table agents (name text primary key, pid integer not null)',
      { columns: { pid: 'pid' }, alive: [], dead: [] },
      /nothing can say that a session has ended/,
      /drop not null/,
    ],
    [
      'a column that an insert leaves out',
      'create table agents (name text primary key, pid integer, team text not null)',
      { columns: { pid: 'pid' }, insert: true },
      /an insert leaves team out/,
      /set default/,
    ],
    [
      'a computed column',
      `create table agents (name text primary key, pid integer generated always as (7) stored)`,
      { columns: { pid: 'pid' } },
      /pid is computed/,
      /map another column/,
    ],
  ])('is refused with %s, before anything is written', async (_, sql, mapping, message, hint) => {
    const database = await open();
    await database.script(sql);
    const error = await openTable(database, { ...MAPPING, ...mapping }, 'write').then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(PlumblineError);
    expect(error).toMatchObject({
      code: 'schema',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it('names every right that is missing, and the statements that give them', async () => {
    const url = server().createDatabase();
    const owner = await open(url);
    const role = `clerk_${/test\d+/.exec(url)?.[0]}`;
    await owner.script(`${AGENTS}; create role ${role} login; grant select on agents to ${role}`);
    const clerk = await open(url.replace(/\/\/[^@]*@/, `//${role}@`));
    const refused = await openTable(clerk, MAPPING, 'write').catch((thrown: unknown) => thrown as PlumblineError);
    if (!(refused instanceof PlumblineError)) throw new Error('it was let in');
    expect(refused.message).toContain(`${role} may not update pid`);
    await owner.script(refused.hint);
    await owner.query(`insert into agents values ('bob', 120)`);
    await syncOf(await openTable(clerk, MAPPING, 'write'));
    expect(await rowsOf(owner, 'select name, status from agents')).toEqual(['bob dead']);
    await owner.script(`alter table agents enable row level security; create policy p on agents using (name <> 'bob')`);
    await expect(openTable(clerk, MAPPING, 'read')).rejects.toMatchObject({
      message: expect.stringContaining('a row-level policy may hide rows'),
      hint: `alter role ${role} bypassrls;`,
    });
  });

  it('is locked by somebody: says so, and has written nothing', async () => {
    const url = server().createDatabase();
    const [database, other] = [await open(url), await open(url)];
    await database.script(`${AGENTS}; insert into agents values ('bob', 120); set lock_timeout = '200ms'`);
    const table = await openTable(database, MAPPING, 'write');
    await other.script('begin; lock table agents in access exclusive mode');
    await expect(syncOf(table)).rejects.toMatchObject({ code: 'registry', hint: expect.stringContaining('pg_locks') });
    await other.script('rollback');
    expect(await rowsOf(database, 'select name, status from agents')).toEqual(['bob running']);
  });

  it('refuses one row, and the others are written', async () => {
    const database = await open();
    await database.script(`create table agents (name varchar(3) primary key, pid integer, tty varchar(4), status text,
      check (name <> 'cid' or status <> 'dead')); insert into agents values ('ada', 110, 'x', 'running'),
      ('bob', 120, null, 'running'), ('cid', 130, null, 'running')`);
    const { refused, lost, plan } = await syncOf(await openTable(database, { ...MAPPING, insert: true }, 'write'));
    expect(lost).toEqual([]);
    expect(plan.changes.map(({ name }) => name)).toEqual(['bob']);
    expect([...refused].map(([name]) => name)).toEqual(['ada', 'cid']);
    // The terminal pts/3 has five letters, and is never cut.
    expect(refused.get('ada')).toContain('a value is longer than its column');
    expect(refused.get('cid')).toContain('violates check constraint');
    expect(await rowsOf(database, 'select * from agents order by name')).toEqual([
      'ada 110 x running',
      'bob 120  dead',
      'cid 130  running',
    ]);
  });

  it('tells of a row that a trigger leaves as it is: it was not written, though nobody refused it', async () => {
    const database = await open();
    await database.script(`${AGENTS}; insert into agents values ('bob', 120);
      create function leave() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger leave before update on agents for each row execute function leave()`);
    const { refused, lost, plan } = await syncOf(await openTable(database, MAPPING, 'write'));
    expect([[...refused], lost, plan.changes]).toEqual([[], ['bob'], []]);
    expect(await rowsOf(database, 'select name, status from agents')).toEqual(['bob running']);
  });

  it.each(['public.', '"agents', 'a.b.c.d', ''])('says that %j is no name', async (table) => {
    await expect(openTable(await open(), { ...MAPPING, table }, 'read')).rejects.toMatchObject({ code: 'usage' });
  });
});
