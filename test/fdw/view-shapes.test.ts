import { describe, expect, it } from 'vitest';
import type { TableMapping } from '../../src/model/table-mapping.ts';
import { home, MAPPING, operatorIn, session, situation } from '../makers/agents-table.ts';
import { fakeEndpoint } from '../makers/fake-endpoint.ts';
import { installInto } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';

describe.each(postgresVersions().slice(-1))('the views of plumb fdw over any table, in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it('have sessions that nobody has registered only where that is wanted', async () => {
    const { url, row, rows } = operatorIn(server());
    const one = fakeEndpoint(server(), 'one');
    situation(one);
    row({ name: 'fine', pid: 11, tty: '/dev/pts/11', pane: 'work:11.0', host: 'one', status: 'running' });
    const fresh = () => rows(`select name, pid, tty, pane, host, status, note from kernel.agents where name = 'fresh'`);
    await installInto(url, [one.url], { mapping: MAPPING });
    expect(fresh()).toEqual(['']);
    await installInto(url, [one.url], { mapping: { ...MAPPING, insert: true } });
    expect(fresh()).toEqual(['fresh|77|/dev/pts/77|work:77.0|one|running|']);
  });

  it('keep the types of the columns, whatever they are, and cut nothing', async () => {
    const { url, sql, rows } = operatorIn(
      server(),
      `
      create type state as enum ('running', 'dead');
      create domain word as text check (length(value) < 100);
      create table agents (
        "Id" varchar(20) primary key, pid numeric(7), tty varchar(5), status state not null, "cwd" word, ended timestamptz, host text
      )`,
    );
    const one = fakeEndpoint(server(), 'one');
    one.rows('sessions', [session('ada', 10, { terminal: 'ttyS1000', cwd: 'x'.repeat(200) })]);
    one.rows('homes', [home('ada'), home('bob', 'none')]);
    sql(`insert into agents ("Id", status, host) values ('ada', 'dead', 'one')`);
    const mapping: TableMapping = {
      ...MAPPING,
      key: 'Id',
      columns: { pid: 'pid', terminal: 'tty', status: 'status', cwd: 'cwd', ended_at: 'ended', host: 'host' },
      alive: ['running'],
    };
    await installInto(url, [one.url], { mapping });
    expect(rows(`select "Id", pid, tty, status, length(cwd), ended from kernel.agents`)).toEqual([
      'ada|10|ttyS1000|running|200|',
    ]);
    expect(rows(`select count(*) from kernel.agents where status = 'running' and pid = 10`)).toEqual(['1']);
  });

  it('go with a session to another machine, where a name has one row for all', async () => {
    const { url, row, rows } = operatorIn(server());
    const [one, two] = [fakeEndpoint(server(), 'one'), fakeEndpoint(server(), 'two')];
    one.rows(
      'homes',
      ['gone', 'dead', 'both'].map((name) => home(name, 'none')),
    );
    two.rows(
      'homes',
      ['gone', 'dead', 'stays'].map((name) => home(name)),
    );
    two.rows('sessions', [session('gone', 10), session('dead', 11), session('stays', 12)]);
    for (const [name, host, status] of [
      ['gone', 'one', 'running'],
      ['dead', 'one', 'dead'],
      ['both', 'one', 'running'],
      ['stays', 'two', 'running'],
    ]) {
      row({ name, host, status });
    }
    await installInto(url, [`a=${one.url}`, `b=${two.url}`], { mapping: MAPPING });
    expect(rows('select name, host, status, pid from kernel.agents order by 1')).toEqual([
      'both|one|dead|',
      'dead|two|running|11',
      'gone|two|running|10',
      'stays|two|running|12',
    ]);
  });

  it('take the rows of each machine for its own, where a name has one row for each', async () => {
    const { url, row, rows } = operatorIn(
      server(),
      'create table agents (name text, host text, pid integer, unique (name, host))',
    );
    const [one, two] = [fakeEndpoint(server(), 'one'), fakeEndpoint(server(), 'two')];
    one.rows('homes', [home('ada'), home('bob', 'none')]);
    one.rows('sessions', [session('ada', 10)]);
    two.rows('homes', [home('ada', 'none'), home('bob')]);
    two.rows('sessions', [session('bob', 20)]);
    for (const host of ['one', 'two']) for (const name of ['ada', 'bob']) row({ name, host, pid: 1 });
    const mapping: TableMapping = { ...MAPPING, columns: { pid: 'pid', host: 'host' }, alive: [], dead: [] };
    await installInto(url, [`a=${one.url}`, `b=${two.url}`], { mapping });
    // Nothing else can say that a session has ended: its pid goes.
    expect(rows('select host, name, pid from kernel.agents order by 1, 2')).toEqual([
      'one|ada|10',
      'one|bob|',
      'two|ada|',
      'two|bob|20',
    ]);
  });

  it('fail where a machine is down, and leave it out where that is wanted', async () => {
    const { url, sql, row, rows } = operatorIn(server());
    const [one, two] = [fakeEndpoint(server(), 'one'), fakeEndpoint(server(), 'two')];
    for (const it of [one, two]) situation(it);
    row({ name: 'right', pid: 10, host: 'one', status: 'running' });
    row({ name: 'gone', pid: 13, host: 'two', status: 'running' });
    // Whether it is right is known only where the machine is that it means, and where that is asked.
    row({ name: 'blank', pid: 5, host: 'two', status: 'dead' });
    row({ name: 'older', pid: 5, host: 'one', status: 'dead' });
    row({ name: 'fine', pid: 5, host: null, status: 'dead' });
    await installInto(url, [`a=${one.url}`, `b=${two.url}`], { mapping: MAPPING });
    const query = 'select name, status, pid from kernel.agents order by 1';
    expect(rows(query)).toEqual(['blank|dead|5', 'fine||', 'gone|dead|13', 'older|dead|5', 'right|running|10']);
    server().psql(`drop database ${two.database} with (force)`);
    expect(() => sql(query)).toThrow('could not connect to server "kernel_b"');
    expect(rows(`set plumbline.skip_down = on; ${query}`)).toEqual([
      'blank||',
      'fine|running|11',
      'gone||',
      'older|dead|5',
      'right|running|10',
    ]);
    expect(
      rows(`set plumbline.skip_down = on; select drift from kernel.sessions_checked where name = 'blank'`),
    ).toEqual(['']);
  });

  it('read with the rights of who reads them', async () => {
    const { url, sql, row, rows } = operatorIn(server());
    const one = fakeEndpoint(server(), 'one');
    situation(one);
    server().psql('create role looker');
    row({ name: 'right', pid: 10, host: 'one', status: 'running' });
    row({ name: 'fine', pid: 11, host: 'one', status: 'running' });
    await installInto(url, [one.url], { mapping: MAPPING, grants: ['looker'] });
    const query = `set role looker; select name from kernel.agents`;
    expect(() => sql(query)).toThrow('permission denied for table agents');
    sql(
      `alter table agents enable row level security; create policy fine_only on agents using (name = 'fine'); grant select on agents to looker`,
    );
    expect(rows(query)).toEqual(['fine']);
  });

  it('do without a column that is to be dropped, and everybody reads on meanwhile', async () => {
    const { url, sql, row, rows } = operatorIn(server());
    const one = fakeEndpoint(server(), 'one');
    situation(one);
    row({ name: 'right', pid: 10, host: 'one', status: 'running', note: 'mine' });
    await installInto(url, [one.url], { mapping: MAPPING });
    expect(() => sql('alter table agents drop column note')).toThrow('other objects depend on it');
    await installInto(url, [one.url], { mapping: MAPPING, leftOut: ['note'] });
    sql('alter table agents drop column note');
    const query = `select name, pid, drift from kernel.sessions_checked where name = 'right'`;
    expect(rows(query)[0]).toContain('right|10|');
    expect(rows(`select name, pid, status from kernel.agents`)).toEqual(['right|10|running']);
    // It comes back with the column.
    sql('alter table agents add column note text');
    await installInto(url, [one.url], { mapping: MAPPING });
    expect(rows(`select name, note from kernel.agents`)).toEqual(['right|']);
    const refused = (name: string) => installInto(url, [one.url], { mapping: MAPPING, leftOut: [name] });
    await expect(refused('pid')).rejects.toThrow('--leave-out pid: the views are made of it, it is mapped as pid');
    await expect(refused('name')).rejects.toThrow('it is mapped as key');
    await expect(refused('notes')).rejects.toThrow('--leave-out notes: public.agents has no such column');
  });

  it('are refused where they cannot be, with what to do', async () => {
    const { url, sql } = operatorIn(server());
    const [one, two] = [fakeEndpoint(server(), 'one'), fakeEndpoint(server(), 'two')];
    const refused = async (mapping: TableMapping, endpoints: readonly string[], view: string | null = null) => {
      const error = await installInto(url, endpoints, { mapping, view }).catch((it: unknown) => it as Error);
      return error instanceof Error ? error.message : '';
    };
    const { host: _host, ...columns } = MAPPING.columns;
    expect(await refused({ ...MAPPING, columns }, [one.url])).toBe(
      'nothing says which machine the rows of agents are of',
    );
    expect(await refused({ ...MAPPING, columns, thisHost: true }, [`a=${one.url}`, `b=${two.url}`])).toContain(
      'with several machines',
    );
    expect(await refused(MAPPING, [one.url], 'sessions')).toContain('which is a live table');
    sql('create table sessions as select * from agents; alter table sessions add unique (name)');
    expect(await refused({ ...MAPPING, table: 'sessions' }, [one.url])).toContain('which is a live table');
    sql('alter table agents add drift text');
    expect(await refused(MAPPING, [one.url])).toContain('sessions_checked needs that name');
  });
});
