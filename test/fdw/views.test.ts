import { describe, expect, it } from 'vitest';
import type { TableMapping } from '../../src/model/table-mapping.ts';
import { quoteLiteral } from '../../src/registry/identifiers.ts';
import { type FakeEndpoint, fakeEndpoint } from '../makers/fake-endpoint.ts';
import { databaseOf, installInto } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';

const MAPPING: TableMapping = {
  table: 'agents',
  key: 'name',
  columns: { pid: 'pid', terminal: 'tty', pane: 'pane', host: 'host', status: 'status', observed_at: 'seen' },
  alive: ['running', 'idle'],
  dead: ['dead'],
  thisHost: false,
  insert: false,
  touchSeconds: null,
};
const AGENTS = `create table agents (
  name text primary key, pid integer, tty text, pane text, host text, status text, seen timestamptz, note text default 'mine'
)`;

/** A session that lives, in pane %N of window N. */
function session(name: string, pid: number, more: Readonly<Record<string, unknown>> = {}) {
  const pane = { pane: `%${pid}`, pane_address: `work:${pid}.0`, pane_multiplexer: 'tmux', pane_known: true };
  const started = new Date();
  return {
    name,
    home: `/h/${name}`,
    verdict: 'alive',
    pid,
    terminal: `pts/${pid}`,
    ...pane,
    started_at: started,
    ...more,
  };
}

function home(name: string, verdict = 'alive', bystanders: readonly object[] = []) {
  return { name, verdict, reason: `${name} is ${verdict}`, bystanders };
}

function living(pid: number, startedAt = new Date(0)) {
  return { pid, state: 'S', threads: 1, started_at: startedAt };
}

describe.each(postgresVersions().slice(-1))('the views of plumb fdw in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  function operator(table = AGENTS) {
    const url = server().createDatabase();
    const sql = (text: string) => server().psql(text, databaseOf(url));
    sql(table);
    const row = (values: Readonly<Record<string, unknown>>) => {
      const columns = Object.keys(values);
      sql(`insert into agents (${columns.join(', ')}) select ${columns.join(', ')}
        from jsonb_populate_record(null::agents, ${quoteLiteral(JSON.stringify(values))})`);
    };
    const rows = (query: string) => sql(query).split('\n');
    return { url, sql, row, rows };
  }

  /** One of each kind. */
  function situation(one: FakeEndpoint) {
    const alive = [session('right', 10), session('fine', 11), session('moved', 12), session('risen', 99)];
    const homes = [
      ...alive.map(({ name }) => home(name)),
      home('fresh'),
      home('two', 'ambiguous'),
      home('dark', 'unknown'),
    ];
    const empty = ['gone', 'own', 'away', 'reused', 'blank', 'older'].map((name) => home(name, 'none'));
    const left = home('left', 'none', [{ pid: 19, role: 'other_program' }]);
    const lost = home('lost', 'none', [{ pid: 31, role: 'home_deleted' }]);
    one.rows('sessions', [...alive, session('fresh', 77), { name: 'two', home: '/h/two', verdict: 'ambiguous' }]);
    one.rows('homes', [...homes, ...empty, left, lost]);
    one.rows('processes', [...[10, 11, 12, 99, 77, 18, 19].map((pid) => living(pid)), living(20, new Date())]);
  }

  const ROWS = [
    { name: 'right', pid: 10, tty: '/dev/pts/10', pane: '%10', status: 'running' },
    { name: 'fine', pid: 11, tty: 'pts/11', pane: 'work:11.0', status: 'idle' },
    { name: 'moved', pid: 12, tty: '/dev/pts/9', pane: 'work:9.0', status: 'running' },
    { name: 'risen', pid: 14, tty: null, pane: null, status: 'dead' },
    { name: 'gone', pid: 13, tty: '/dev/pts/4', pane: null, status: 'running' },
    { name: 'blank', pid: null, tty: null, pane: null, status: 'running' },
    { name: 'left', pid: 19, tty: null, pane: null, status: 'running' },
    { name: 'reused', pid: 20, tty: null, pane: null, status: 'running', seen: new Date(Date.now() - 3_600_000) },
    { name: 'away', pid: 18, tty: null, pane: null, status: 'running' },
    { name: 'lost', pid: null, tty: null, pane: null, status: 'running' },
    { name: 'two', pid: 15, tty: null, pane: null, status: 'running' },
    { name: 'dark', pid: 16, tty: null, pane: null, status: 'running' },
    { name: 'homeless', pid: 21, tty: null, pane: null, status: 'running' },
    { name: 'homeless2', pid: 18, tty: null, pane: null, status: 'running' },
    { name: 'own', pid: 17, tty: null, pane: null, status: 'paused' },
    { name: 'older', pid: 5, tty: 'pts/1', pane: '%3', status: 'dead' },
    { name: 'theirs', pid: 10, tty: null, pane: null, status: 'running', host: 'other' },
    { name: 'nobodys', pid: 10, tty: null, pane: null, status: 'running', host: null },
  ];

  it('say of each row what the kernel says, and nothing where that is not known', async () => {
    const { url, row, rows } = operator();
    const one = fakeEndpoint(server(), 'one');
    situation(one);
    for (const it of ROWS) row({ host: 'one', note: 'kept', ...it });
    await installInto(url, [one.url], { mapping: MAPPING });
    expect(rows('select name, status, pid, tty, pane, host from kernel.agents order by name')).toEqual([
      'away||||' + '|one',
      'blank|dead||||one',
      'dark|||||one',
      'fine|idle|11|pts/11|work:11.0|one',
      'gone|dead|13|/dev/pts/4||one',
      'homeless|dead|21|||one',
      'homeless2|||||one',
      'left|dead|19|||one',
      'lost|||||one',
      'moved|running|12|/dev/pts/12|work:12.0|one',
      'nobodys|||||',
      'older|dead|5|pts/1|%3|one',
      'own|paused|17|||one',
      'reused|dead|20|||one',
      'right|running|10|/dev/pts/10|%10|one',
      'risen|running|99|/dev/pts/99|work:99.0|one',
      'theirs|||||other',
      'two|||||one',
    ]);
    expect(rows('select distinct note from kernel.agents')).toEqual(['kept']);
    expect(
      rows(`set search_path = kernel, public; select name, pid, pane from agents where status = 'running' order by 1`),
    ).toEqual(['moved|12|work:12.0', 'right|10|%10', 'risen|99|work:99.0']);
    expect(
      rows(
        'select coalesce(name, kernel_name), kernel_verdict, kernel_pid, drift, missing from kernel.sessions_checked order by 1',
      ),
    ).toEqual([
      'away|none|||f',
      'blank|none||{status}|f',
      'dark|unknown|||f',
      'fine|alive|11|{}|f',
      'fresh|alive|77|{name}|t',
      'gone|none||{status}|f',
      'homeless|||{status}|f',
      'homeless2||||f',
      'left|none||{status}|f',
      'lost|none|||f',
      'moved|alive|12|{tty,pane}|f',
      'nobodys||||f',
      'older|none||{}|f',
      'own|none|||f',
      'reused|none||{status}|f',
      'right|alive|10|{}|f',
      'risen|alive|99|{pid,status,tty,pane}|f',
      'theirs||||f',
      'two|ambiguous|||f',
    ]);
    expect(rows("select name, status, pid, tty from kernel.sessions_checked where name = 'gone'")).toEqual([
      'gone|running|13|/dev/pts/4',
    ]);
  });

  it('believe no number where processes are hidden', async () => {
    const { url, row, rows } = operator();
    const one = fakeEndpoint(server(), 'one');
    situation(one);
    one.rows('coverage', [{ table_name: 'processes', complete: false, code: 'hidden', count: 3 }]);
    row({ name: 'homeless', pid: 21, host: 'one', status: 'running' });
    await installInto(url, [one.url], { mapping: MAPPING });
    expect(rows('select name, status from kernel.agents')).toEqual(['homeless|']);
  });

  it('have sessions that nobody has registered only where that is wanted', async () => {
    const { url, row, rows } = operator();
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
    const { url, sql, rows } = operator(`
      create type state as enum ('running', 'dead');
      create domain word as text check (length(value) < 100);
      create table agents (
        "Id" varchar(20) primary key, pid numeric(7), tty varchar(5), status state not null, "cwd" word, ended timestamptz, host text
      )`);
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
    const { url, row, rows } = operator();
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
    const { url, row, rows } = operator('create table agents (name text, host text, pid integer, unique (name, host))');
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
    const { url, sql, row, rows } = operator();
    const [one, two] = [fakeEndpoint(server(), 'one'), fakeEndpoint(server(), 'two')];
    for (const it of [one, two]) situation(it);
    row({ name: 'right', pid: 10, host: 'one', status: 'running' });
    row({ name: 'gone', pid: 13, host: 'two', status: 'running' });
    await installInto(url, [`a=${one.url}`, `b=${two.url}`], { mapping: MAPPING });
    const query = 'select name, status, pid from kernel.agents order by 1';
    expect(rows(query)).toEqual(['gone|dead|13', 'right|running|10']);
    server().psql(`drop database ${two.database} with (force)`);
    expect(() => sql(query)).toThrow('could not connect to server "kernel_b"');
    expect(rows(`set plumbline.skip_down = on; ${query}`)).toEqual(['gone||', 'right|running|10']);
  });

  it('read with the rights of who reads them', async () => {
    const { url, sql, row, rows } = operator();
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

  it('are refused where they cannot be, with what to do', async () => {
    const { url, sql } = operator();
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
