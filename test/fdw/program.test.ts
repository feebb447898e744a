import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import { type FakeEndpoint, fakeEndpoint } from '../makers/fake-endpoint.ts';
import { databaseOf, dumpOf, installInto, removeFrom } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { makeShellScript } from '../makers/script-agent.ts';

/** Names that end a COPY, forge a row of one, or are none of its encoding. */
const ODD = ['e\n\\.\nz', '\\.', 'a\tb', 'x\\ny', "o'ne", '$(id)', '\\xFF', 'zoë', ''];

describe.each(postgresVersions().slice(-1))('plumb fdw --via program in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  function operator() {
    const url = server().createDatabase();
    return { url, sql: (text: string) => server().psql(text, databaseOf(url)) };
  }

  /** A command that answers SQL from an endpoint, and can be told to break. */
  function command({ database }: FakeEndpoint) {
    const directory = fs.mkdtempSync(`${server().directory}/c`);
    fs.chmodSync(directory, 0o755);
    const broken = `${directory}/broken`;
    const psql = `"${version.bin}/psql" -X -A -t -q -h "${server().socketDirectory}" -U plumbline_test -d ${database}`;
    const script = makeShellScript(`${directory}/it's a $command`, [
      `case "$(cat "${broken}")" in`,
      `cut) ${psql} -c "$1" | head -n 1 ;;`,
      `killed) ${psql} -c "$1" | head -n 1; kill -9 $$ ;;`,
      `more) ${psql} -c "$1"; ${psql} -c "$1" ;;`,
      `*) exec ${psql} -c "$1" ;;`,
      'esac',
    ]);
    const breakIt = (how: string) => fs.writeFileSync(broken, how);
    breakIt('');
    return { breakIt, program: () => ({ words: [script], isOwnLook: false }) };
  }

  it('has all rows, whatever their names are, and leaves nothing behind', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(server(), 'one');
    one.rows(
      'homes',
      ODD.map((name, ino) => ({ name, ino, verdict: 'none', bystanders: [] })),
    );
    const { program } = command(one);
    const before = dumpOf(version, url);
    await installInto(url, [], { via: 'program', program });
    const installed = dumpOf(version, url);
    const names = JSON.parse(sql('select jsonb_agg(name order by ino) from kernel.homes')) as string[];
    expect(names).toEqual(ODD);
    for (const { name } of LIVE_TABLES) expect(sql(`select count(*) >= 0 from kernel.${name}`)).toBe('t');
    expect(sql('select ino from kernel.homes order by ino limit 1')).toBe('0');
    expect(sql('select count(*) from (select from kernel.homes limit 1) it')).toBe('1');
    expect(sql('select up, complete, kernel.up() from kernel.hosts')).toBe('t|t|{one}');
    await installInto(url, [], { via: 'program', program });
    expect(dumpOf(version, url)).toBe(installed);
    await removeFrom(url);
    expect(dumpOf(version, url)).toBe(before);
  });

  it('has an error rather than fewer rows', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(server(), 'one');
    one.rows(
      'homes',
      ['ada', 'bob', 'cleo'].map((name) => ({ name, verdict: 'none' })),
    );
    const { program, breakIt } = command(one);
    await installInto(url, [], { via: 'program', program });
    const query = 'select name from kernel.homes order by 1';
    expect(sql(query)).toBe('ada\nbob\ncleo');
    breakIt('cut');
    expect(() => sql(query)).toThrow('plumb ended before it had written all rows: 1 of an unknown number');
    expect(() => sql(`${query} limit 1`)).toThrow('before it had written all rows');
    breakIt('killed');
    expect(() => sql(query)).toThrow('terminated by signal 9');
    breakIt('more');
    expect(() => sql(query)).toThrow('wrote more behind its last line');
    expect(sql('select up, error is null from kernel.hosts')).toBe('f|f');
    breakIt('');
    expect(sql(query)).toBe('ada\nbob\ncleo');
  });

  it('has the views', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(server(), 'one');
    one.rows('homes', [
      { name: 'ada', verdict: 'alive', bystanders: [] },
      { name: 'bob', verdict: 'none', bystanders: [] },
    ]);
    one.rows('sessions', [{ name: 'ada', home: '/h/ada', verdict: 'alive', pid: 10, terminal: 'pts/1' }]);
    sql(`create table agents (name text primary key, pid integer, status text);
      insert into agents values ('ada', 9, 'dead'), ('bob', 8, 'running')`);
    const mapping = {
      ...{
        table: 'agents',
        key: 'name',
        columns: { pid: 'pid', status: 'status' },
        alive: ['running'],
        dead: ['dead'],
      },
      ...{ thisHost: true, insert: false, touchSeconds: null },
    };
    await installInto(url, [], { via: 'program', program: command(one).program, mapping });
    expect(sql('select * from kernel.agents order by 1')).toBe('ada|10|running\nbob|8|dead');
    expect(sql('select name, drift from kernel.sessions_checked order by 1')).toBe('ada|{pid,status}\nbob|{status}');
  });

  it('takes the place of the other way, and gives it back', async () => {
    const { url, sql } = operator();
    const one = fakeEndpoint(server(), 'one');
    one.rows('homes', [{ name: 'ada', verdict: 'none' }]);
    const before = dumpOf(version, url);
    for (const via of ['wire', 'program', 'wire'] as const) {
      await installInto(url, [one.url], { via, program: command(one).program });
      expect(sql('select name, host_id from kernel.homes')).toBe('ada|one');
    }
    await removeFrom(url);
    expect(dumpOf(version, url)).toBe(before);
  });

  it('is refused where a trial says so, and names the other way', async () => {
    const { url } = operator();
    const one = fakeEndpoint(server(), 'one');
    const refused = (words: readonly string[], isOwnLook = false, place = url) => {
      return installInto(place, [], { via: 'program', program: () => ({ words, isOwnLook }) }).catch(
        (it: unknown) => it,
      );
    };
    expect(await refused(['/no/such/program'])).toMatchObject({
      message: expect.stringMatching(/cannot run plumb: .*not found.* exit code 127/),
      hint: expect.stringContaining('--via wire'),
    });
    const { words } = command(one).program();
    one.rows('coverage', [{ table_name: 'sessions', complete: false, code: 'hidden', count: 1 }]);
    expect(await refused(words, true)).toMatchObject({
      code: 'blind',
      message: expect.stringContaining('does not see all sessions: hidden'),
      hint: expect.stringContaining('--via wire'),
    });
    server().psql('create role clerk login', databaseOf(url));
    server().psql('create extension file_fdw; grant usage on foreign data wrapper file_fdw to clerk', databaseOf(url));
    server().psql(`grant create on database ${databaseOf(url)} to clerk`);
    expect(await refused(words, false, url.replace('plumbline_test@', 'clerk@'))).toMatchObject({
      hint: expect.stringContaining('grant pg_execute_server_program to "clerk"'),
    });
  });
});
