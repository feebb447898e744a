import { describe, expect, it } from 'vitest';
import { quoteLiteral } from '../../src/registry/identifiers.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import { fakeEndpoint } from '../makers/fake-endpoint.ts';
import { databaseOf, dumpOf, installInto, removeFrom } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';

describe.each(postgresVersions().slice(-1))('plumb fdw in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);
  const far = usePostgres(version);

  /** A database of the operator's, and SQL in it. */
  function operator() {
    const url = server().createDatabase();
    const name = databaseOf(url);
    return { url, name, sql: (text: string) => server().psql(text, name) };
  }

  it('puts every table there, does the same again without a change, and leaves nothing behind', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(far(), 'one');
    one.rows('homes', [{ name: 'ada', verdict: 'none' }]);
    const before = dumpOf(version, url);
    expect((await installInto(url, [one.url])).verified).toEqual([]);
    const installed = dumpOf(version, url);
    expect(sql(`select name || ' ' || host_id from kernel.homes`)).toBe('ada one');
    for (const { name } of LIVE_TABLES) expect(sql(`select count(*) >= 0 from kernel.${name}`)).toBe('t');
    const mute = `select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'kernel'::regnamespace and a.attnum > 0 and col_description(c.oid, a.attnum) is null`;
    expect(sql(mute)).toBe('');
    await installInto(url, [one.url]);
    expect(dumpOf(version, url)).toBe(installed);
    await removeFrom(url, 'kernel', { keeps: true });
    expect(dumpOf(version, url)).toBe(installed);
    await removeFrom(url);
    expect(dumpOf(version, url)).toBe(before);
  });

  it('keeps an extension that was there before', async () => {
    const { url, sql } = operator();
    sql('create extension postgres_fdw');
    await installInto(url, [fakeEndpoint(far(), 'one').url]);
    await removeFrom(url);
    expect(sql(`select extname from pg_extension where extname = 'postgres_fdw'`)).toBe('postgres_fdw');
  });

  it('leaves alone what others have made, and says what it is', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(far(), 'one');
    sql('create schema kernel');
    await expect(installInto(url, [one.url])).rejects.toMatchObject({
      code: 'schema',
      message: expect.stringContaining('a schema kernel that plumb has not made'),
    });
    await expect(removeFrom(url)).rejects.toMatchObject({ code: 'schema' });
    sql(
      'drop schema kernel; create extension postgres_fdw; create server kernel_local foreign data wrapper postgres_fdw',
    );
    await expect(installInto(url, [one.url])).rejects.toMatchObject({
      message: 'there is a foreign server kernel_local that plumb has not made',
    });
    sql('drop server kernel_local');
    await installInto(url, [one.url]);
    sql('create view mine as select name from kernel.sessions; create table kernel.theirs ()');
    await expect(removeFrom(url, 'kernel', { keeps: true })).rejects.toMatchObject({
      message: expect.stringContaining('view mine depends on table kernel.sessions'),
    });
    sql('drop view mine');
    await expect(removeFrom(url)).rejects.toMatchObject({
      message: expect.stringContaining('table kernel.theirs depends on schema kernel'),
    });
    expect(sql('select count(*) from kernel.hosts')).toBe('1');
  });

  it('follows machines that come, go, move and change their id, under views of the operator', async () => {
    const { url, sql } = operator();
    const [one, two] = [fakeEndpoint(far(), 'one'), fakeEndpoint(far(), 'two')];
    const hosts = () => sql('select host_id from kernel.processes order by 1').split('\n');
    await installInto(url, [`a=${one.url}`]);
    sql('create view mine as select pid, host_id from kernel.processes');
    await installInto(url, [`a=${one.url}`, `b=${two.url}`]);
    expect(hosts()).toEqual(['one', 'two']);
    await installInto(url, [`a=${two.url}`, `b=${one.url}`]);
    expect(hosts()).toEqual(['one', 'two']);
    expect(sql(`select host_id from kernel.hosts where name = 'a'`)).toBe('two');
    await installInto(url, [`b=${two.url}`]);
    expect(hosts()).toEqual(['two']);
    expect(sql('select host_id from mine')).toBe('two');
    expect(sql(`select srvname from pg_foreign_server`)).toBe('kernel_b');
    await expect(installInto(url, [`a=${one.url}`, `b=${one.url}`])).rejects.toMatchObject({ code: 'usage' });
  });

  it('is done by one at a time, and undone by one', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(far(), 'one');
    const twice = await Promise.allSettled([installInto(url, [one.url]), installInto(url, [one.url])]);
    // Who comes second either finds what the first has made, or that it has been made meanwhile.
    for (const it of twice.filter((it) => it.status === 'rejected')) {
      expect(it.reason).toMatchObject({ hint: 'run it again: nothing was done' });
    }
    expect(twice.map(({ status }) => status)).toContain('fulfilled');
    const both = await Promise.allSettled([removeFrom(url), removeFrom(url)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((it) => it.status === 'rejected')?.reason).toMatchObject({
      message: expect.stringContaining('nothing is installed'),
    });
    expect(sql(`select count(*) from pg_namespace where nspname like 'kernel%'`)).toBe('0');
  });

  it('brings the tables of an older version to what they are now', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(far(), 'one');
    const older = LIVE_TABLES.map((table) => {
      if (table.name !== 'homes') return table;
      const columns = table.columns
        .filter(({ name }) => name !== 'dev')
        .map((it) => (it.name === 'ino' ? { ...it, type: 'bigint' } : it));
      return { ...table, columns: [{ name: 'old', type: 'text', comment: 'what was there once' }, ...columns] };
    });
    one.sql('alter table homes add column old text');
    await installInto(url, [one.url], { tables: older });
    sql('create view mine as select name, verdict from kernel.homes');
    await installInto(url, [one.url]);
    one.rows('homes', [{ name: 'ada', verdict: 'none', dev: 1, ino: 2 }]);
    expect(sql('select name, dev, ino from kernel.homes')).toBe('ada|1|2');
    expect(sql('select * from mine')).toBe('ada|none');
    expect(sql(`select count(*) from information_schema.columns where column_name = 'old'`)).toBe('0');
  });

  it('makes anew what gives other rows than it gave', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(far(), 'one');
    await installInto(url, [one.url]);
    sql(`drop view kernel.hosts; drop function kernel_hosts.hosts();
      create function kernel_hosts.hosts() returns table (old text) language sql as 'select null::text';
      create view kernel.hosts as select * from kernel_hosts.hosts();
      do $$ begin
        execute format('comment on schema kernel_hosts is %L', regexp_replace(
          obj_description('kernel_hosts'::regnamespace), '("name":"hosts","takes":"","gives":")[^"]*', '\\1other'
        ));
      end $$`);
    await installInto(url, [one.url]);
    expect(sql('select host_id, up from kernel.hosts')).toBe('one|t');
  });

  it('has names that need quotes', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(far(), `o'ne`);
    const schema = `Odd "$plumb$" 'name`;
    await installInto(url, [`o.n-e=${one.url}`], { schema });
    expect(sql(`select host_id, up, error from "Odd ""$plumb$"" 'name".hosts`)).toBe(`o'ne|t|`);
    expect(sql(`select "Odd ""$plumb$"" 'name".up()`)).toBe(`{o'ne}`);
    await removeFrom(url, schema);
    expect(sql('select count(*) from pg_foreign_server')).toBe('0');
  });

  it('takes a backslash for one, whatever the database takes it for', async () => {
    const { url, name, sql } = operator();
    sql(`alter database ${name} set standard_conforming_strings = off`);
    const id = String.raw`\', (select 'another') --`;
    const one = fakeEndpoint(far(), 'one');
    one.sql(`update processes set host_id = ${quoteLiteral(id)}; update coverage set host_id = ${quoteLiteral(id)}`);
    await installInto(url, [`one=${one.url}`]);
    expect(sql('select up, host_id from kernel.hosts')).toBe(`t|${id}`);
    expect(sql('select (kernel.up())[1]')).toBe(id);
  });

  it('lets a database of other bytes have what it can hold', async () => {
    server().psql(`create database ascii encoding 'SQL_ASCII' locale 'C' template template0`);
    const url = server().url('ascii');
    const one = fakeEndpoint(far(), 'one');
    one.rows('homes', [{ name: 'zoë', verdict: 'none' }]);
    await installInto(url, [one.url]);
    expect(server().psql(`select name, octet_length(name) from kernel.homes where name = 'zoë'`, 'ascii')).toBe(
      'zoë|4',
    );
  });

  it('says which right a role lacks, and works with those that it names', async () => {
    const { url, name, sql } = operator();
    const one = fakeEndpoint(far(), 'one');
    const theirs = url.replace('plumbline_test@', 'clerk@');
    server().psql(`do $$ begin create role clerk login; exception when duplicate_object then null; end $$`);
    const mend = async () => {
      const error = await installInto(theirs, [`one=${one.url},id=one`]).catch((it: unknown) => it as { hint: string });
      return 'hint' in error ? error.hint : '';
    };
    const first = await mend();
    expect(first).toContain(
      'create extension postgres_fdw; grant usage on foreign data wrapper postgres_fdw to "clerk";',
    );
    sql(first.replace('as a superuser: ', ''));
    const second = await mend();
    expect(second).toBe(`grant create on database "${name}" to "clerk";`);
    sql(second);
    // An endpoint that asks for no password: only a superuser may let others in by that.
    expect(await mend()).toContain('only a superuser may let others in');
    await installInto(url, [`one=${one.url}`], { grants: ['clerk'] });
    expect(server().psql(`set role clerk; select host_id from kernel.processes`, name)).toBe('one');
  });

  it('grants to whom it is told, and not the command lines', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(far(), 'one');
    server().psql('create role reader; create role other');
    await installInto(url, [one.url], { grants: ['reader'] });
    const as = (role: string, query: string) => () => sql(`set role ${role}; ${query}`);
    expect(as('reader', `select host_id from kernel.processes where host_id = any (kernel.up())`)()).toBe('one');
    expect(as('reader', 'select up from kernel.hosts')()).toBe('t');
    expect(as('reader', 'select * from kernel.process_arguments')).toThrow('permission denied');
    expect(as('reader', 'select * from kernel_hosts.processes_local')).toThrow('permission denied');
    expect(as('other', 'select * from kernel.processes')).toThrow('permission denied');
    expect(as('other', 'select kernel.up()')).toThrow('permission denied');
  });

  it('pushes down what the endpoint can do', async () => {
    const { url, sql } = operator();
    const [one, two] = [fakeEndpoint(far(), 'one'), fakeEndpoint(far(), 'two')];
    await installInto(url, [`a=${one.url}`, `b=${two.url}`]);
    const plan = (query: string) => sql(`explain (verbose, costs off) ${query}`);
    const where = plan(`select name, pid from kernel.sessions where name = 'ada' and pid > 3`);
    expect(where.match(/Async Foreign Scan/g)).toHaveLength(2);
    expect(
      where.match(/Remote SQL: SELECT name, pid FROM public\.sessions WHERE \(\(pid > 3\)\) AND \(\(name = 'ada'\)\)/g),
    ).toHaveLength(2);
    expect(plan(`select name from kernel.sessions where host_id = 'two' order by name limit 3`)).toMatch(
      /Remote SQL: SELECT name FROM public\.sessions WHERE \(\(host_id = 'two'\)\) ORDER BY name ASC NULLS LAST/,
    );
    expect(plan(`select name from kernel.sessions where host_id = 'two'`)).not.toContain('sessions_a');
  });
});
