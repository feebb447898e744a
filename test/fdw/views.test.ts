import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../src/fdw/endpoint.ts';
import { applyInstall, type InstallOptions, planInstall } from '../../src/fdw/install.ts';
import type { TableMapping } from '../../src/model/table-mapping.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import { fakeEndpoint } from '../makers/fake-endpoint.ts';
import { installInto } from '../makers/fdw.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';

describe.each(postgresVersions().slice(-1))('the views of plumb fdw in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it('first', async () => {
    const far = fakeEndpoint(server(), 'host-a');
    const url = server().createDatabase();
    const name = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    server().psql(
      `create table agents (name text primary key, pid integer, tty text, pane text, host text, status text, seen timestamptz, ended timestamptz, started timestamptz, note text)`,
      name,
    );
    const mapping: TableMapping = {
      table: 'agents',
      key: 'name',
      columns: {
        pid: 'pid',
        terminal: 'tty',
        pane: 'pane',
        host: 'host',
        status: 'status',
        observed_at: 'seen',
        ended_at: 'ended',
        started_at: 'started',
      },
      alive: ['running', 'idle'],
      dead: ['dead'],
      thisHost: false,
      insert: true,
      touchSeconds: null,
    };
    server().psql(
      `insert into agents values
      ('right', 10, '/dev/pts/1', '%1', 'host-a', 'running'), ('fine', 11, '/dev/pts/2', '%2', 'host-a', 'idle'),
      ('moved', 12, '/dev/pts/9', 'work:1.0', 'host-a', 'running'), ('gone', 13, '/dev/pts/4', null, 'host-a', 'running'),
      ('risen', 14, null, null, 'host-a', 'dead'), ('two', 15, null, null, 'host-a', 'running'), ('older', 16, null, null, 'host-a', 'dead'),
      ('own', 17, null, null, 'host-a', 'paused'), ('away', 18, null, null, 'host-a', 'running'), ('nohome', 19, null, null, 'host-a', 'running'),
      ('elsewhere', 20, null, null, 'host-b', 'running')`,
      name,
    );
    const session = (name: string, pid: number, n: number) => ({
      name,
      home: `/h/${name}`,
      verdict: 'alive',
      pid,
      terminal: `pts/${n}`,
      pane: `%${n}`,
      pane_address: `work:${n}.0`,
      pane_also_at: [],
      pane_multiplexer: 'tmux',
      pane_known: true,
      started_at: new Date(),
    });
    far.rows('sessions', [
      session('right', 10, 1),
      session('fine', 11, 2),
      session('moved', 12, 3),
      session('risen', 99, 5),
      { name: 'two', home: '/h/two', verdict: 'ambiguous' },
      session('fresh', 77, 7),
    ]);
    far.rows(
      'homes',
      [
        ['right', 'alive'],
        ['fine', 'alive'],
        ['moved', 'alive'],
        ['gone', 'none'],
        ['risen', 'alive'],
        ['two', 'ambiguous'],
        ['own', 'none'],
        ['away', 'none'],
        ['fresh', 'alive'],
      ].map(([name, verdict]) => ({ name, verdict, reason: 'x', bystanders: [] })),
    );
    far.rows(
      'processes',
      [10, 11, 12, 99, 18, 77].map((pid) => ({ pid, state: 'S', threads: 1, started_at: new Date() })),
    );
    await installInto(url, [far.url], { mapping });
    console.log(
      server().psql('select name, pid, tty, pane, host, status, note from kernel.agents order by name', name),
    );
    console.log(
      server().psql(
        'select name, kernel_verdict, kernel_pid, drift, missing, kernel_name from kernel.sessions_checked order by name',
        name,
      ),
    );
    console.log(
      server().psql(
        `explain (analyze, costs off) select name, pid, pane from kernel.agents where status = 'running'`,
        name,
      ),
    );
  });
});
