import { describe, expect, it } from 'vitest';
import { home, MAPPING, operatorIn, session, situation } from '../makers/agents-table.ts';
import { fakeEndpoint } from '../makers/fake-endpoint.ts';
import { installInto } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';

describe.each(postgresVersions().slice(-1))('the views of plumb fdw in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

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
    const { url, row, rows } = operatorIn(server());
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

  it('run no function that somebody else has put on the path of who reads', async () => {
    const { url, row, sql, rows } = operatorIn(server());
    const one = fakeEndpoint(server(), 'one');
    situation(one);
    row({ name: 'moved', pid: 10, pane: 'work:9.0 %9', host: 'one', status: 'running' });
    // Their types fit better than those of Postgres's own, which take anything.
    const body = `language plpgsql as $$ begin raise exception 'it was run as %', current_user; end $$`;
    sql(`create function array_remove(text[], text) returns text[] ${body};
      create function concat_ws(text, text, text) returns text ${body};
      create function keep(bigint[], bigint[]) returns bigint[] ${body};
      create aggregate max(bigint[]) (sfunc = keep, stype = bigint[])`);
    await installInto(url, [one.url], { mapping: MAPPING });
    expect(rows('select name, pane from kernel.agents')).toEqual(['moved|work:12.0 %12']);
    expect(rows('select drift from kernel.sessions_checked where not missing')).toEqual(['{pid,tty,pane}']);
  });

  it('take no row for dead that may mean another number or name', async () => {
    const { url, sql, rows } = operatorIn(
      server(),
      'create table agents (name text primary key, pid text, host text, status text, seen timestamptz)',
    );
    const one = fakeEndpoint(server(), 'one');
    // As it is stored, a backslash stands twice.
    one.rows('homes', [
      home('never', 'none'),
      home('odd', 'none'),
      home('high', 'none'),
      home('plain', 'none'),
      home(String.raw`a\\b`),
    ]);
    one.rows('sessions', [session(String.raw`a\\b`, 50)]);
    one.rows('processes', [
      { pid: 50, state: 'S', threads: 1 },
      { pid: 20, state: 'S', threads: 1, started_at: new Date(), comm: 'other', argv: 'other' },
      { pid: 60, inner_pid: 7, state: 'S', threads: 1, started_at: new Date(0), comm: 'claude', argv: 'claude' },
    ]);
    sql(String.raw`insert into agents values ('odd', 'x12', 'one', 'running'), ('high', '4194305', 'one', 'running'),
      ('plain', '12.00', 'one', 'running'), ('a\b', '44', 'one', 'running'), ('a\\b', '44', 'one', 'running'),
      ('a\xFF', '44', 'one', 'running'), ('inner', '7', 'one', 'running'), ('nobody', '8', 'one', 'running')`);
    sql(`insert into agents values ('never', '20', 'one', 'running', '-infinity')`);
    const columns = { pid: 'pid', host: 'host', status: 'status', observed_at: 'seen' };
    await installInto(url, [one.url], { mapping: { ...MAPPING, columns } });
    expect(rows('select name, status, pid from kernel.agents order by 1')).toEqual([
      String.raw`a\\b|running|50`,
      String.raw`a\b||`,
      String.raw`a\xFF|dead|44`,
      'high||',
      'inner||',
      'never||',
      'nobody|dead|8',
      'odd||',
      'plain|dead|12.00',
    ]);
  });

  it('believe no number where processes are hidden', async () => {
    const { url, row, rows } = operatorIn(server());
    const one = fakeEndpoint(server(), 'one');
    situation(one);
    one.rows('coverage', [{ table_name: 'processes', complete: false, code: 'hidden', count: 3 }]);
    row({ name: 'homeless', pid: 21, host: 'one', status: 'running' });
    await installInto(url, [one.url], { mapping: MAPPING });
    expect(rows('select name, status from kernel.agents')).toEqual(['homeless|']);
  });
});
