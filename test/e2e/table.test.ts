import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { noted, startWatcher } from '../makers/watcher.ts';
import { agentInMovedPane, ended, spawned, terminalOf } from './agents.ts';
import { Fleet, PLUMB } from './plumb.ts';

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(async () => {
  await fleet.end();
});

interface Line {
  readonly name: string;
  readonly kind: string;
  readonly column: string | null;
  readonly registry: string | null;
  readonly kernel: string | null;
  readonly verdict: string;
}

describe.each(postgresVersions().slice(-1))("somebody else's table in Postgres $major", (version) => {
  requires('setpriv', 'postgres', 'tmux', 'unshare', 'pid namespaces', 'the whole machine', 'root');
  const server = usePostgres(version);

  it('of 51 rows with every kind of lie is told without a miss, and put right by one command', async () => {
    const url = server().createDatabase();
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    const sql = (text: string) => server().psql(text, database);
    sql(`create table agents (
      name text primary key, pid integer, tty text, host text, status text not null, seen timestamptz, note text,
      pane text
    )`);
    const row = (
      name: string,
      pid: number | null,
      tty: string | null,
      more: { status?: string; host?: string } = {},
    ) => {
      const quoted = (text: string | null) => (text === null ? 'null' : `'${text}'`);
      const { status = 'running', host = 'here' } = more;
      sql(`insert into agents values ('${name}', ${pid ?? 'null'}, ${quoted(tty)}, ${quoted(host)}, '${status}',
        now() - interval '1 hour', 'kept ${name}')`);
    };
    const lies = new Map<string, string>();
    const lie = (kind: string, name: string, ...rest: [number | null, string | null, object?]) => {
      lies.set(name, kind);
      row(name, ...rest);
    };
    // What is right.
    for (let index = 0; index < 4; index++) {
      const pid = await fleet.start(fleet.home(`right${index}`));
      row(`right${index}`, pid, `/dev/${terminalOf(pid)}`);
    }
    for (let index = 0; index < 29; index++) row(`gone${index}`, await ended(), 'pts/1', { status: 'dead' });
    // What is not.
    for (const name of ['dead1', 'dead2', 'dead3']) lie('dead_pid', name, await ended(), 'pts/77');
    for (const name of ['dead1', 'dead2']) fleet.home(name);
    const again = await fleet.start(fleet.home('again'));
    lie('restarted', 'again', await ended(), terminalOf(again));
    fleet.home('reused');
    lie('reused_pid', 'reused', await spawned('/bin/sleep', ['1000'], '/'), 'pts/77');
    const inner = await fleet.start(fleet.home('inner'), '/usr/bin/unshare', [
      '-pf',
      '--kill-child',
      fleet.path(fleet.command),
      '1000',
    ]);
    lie('foreign_pid', 'inner', 1, 'pts/0');
    const moved = await fleet.start(fleet.home('moved'));
    lie('terminal_moved', 'moved', moved, 'pts/777');
    const lost = await spawned(fleet.path(fleet.command), ['1000'], fleet.home('lost'));
    lie('terminal_lost', 'lost', lost, 'pts/77');
    await fleet.start(fleet.home('fresh'));
    lies.set('fresh', 'missing_row');
    lie('no_home', 'homeless', await fleet.start(fleet.directory), null);
    const shell = await fleet.start(fleet.home('left'), '/bin/bash', ['--norc']);
    lie('left', 'left', shell, null);
    fleet.home('away');
    lie('wandered', 'away', await fleet.start(fleet.directory), null);
    for (let times = 0; times < 2; times++) await fleet.start(fleet.home('both'));
    lie('ambiguous', 'both', await ended(), null);
    await fleet.start(fleet.home('odd'));
    lie('unknown', 'odd', await ended(), null, { status: 'paused' });
    const risen = await fleet.start(fleet.home('risen'));
    lie('recorded_dead', 'risen', await ended(), terminalOf(risen), { status: 'dead' });
    fleet.home('nobody');
    lie('no_session', 'nobody', null, null);
    row('other', await ended(), 'pts/1', { host: 'elsewhere' });
    row('older', await ended(), 'pts/1', { status: 'dead' });
    const paned = await agentInMovedPane(fleet, fleet.home('paned'));
    lie('pane_moved', 'paned', paned.pid, paned.terminal);
    sql(`update agents set pane = '${paned.before}' where name = 'paned'`);
    expect(Number(sql('select count(*) from agents'))).toBe(51);
    await waitFor(
      'the agent in its namespace',
      () => fs.readFileSync(`/proc/${inner}/task/${inner}/children`, 'utf8').trim() !== '',
    );

    // A new shell may be reading its .bashrc, and about to become the agent.
    await waitFor('the shell to be old enough', () => Date.now() - fs.statSync(`/proc/${shell}`).ctimeMs > 11_000);
    const flags = [
      ...[
        '--db',
        url,
        '--table',
        'public.agents',
        '--key',
        'name',
        '--pid',
        'pid',
        '--tty',
        'tty',
        '--pane',
        'pane',
        '--host',
        'host',
      ],
      ...['--status', 'status', '--alive', 'running', '--dead', 'dead', '--column', 'observed_at=seen'],
      ...['--host-id', 'here', ...fleet.flags],
    ];
    const drift = async (): Promise<Line[]> => {
      const { stdout } = await fleet.plumb(['drift', '--json', ...flags]);
      return (JSON.parse(stdout) as { drift: Line[] }).drift;
    };
    const kinds = (lines: readonly Line[]) => Object.fromEntries(lines.map(({ name, kind }) => [name, kind]));
    expect((await fleet.plumb(['doctor', ...flags])).stdout).toMatch(
      /^registry\tfine\tpublic\.agents in .*, 18 rows of this host/m,
    );
    const before = sql('select * from agents order by name');
    const found = await drift();
    expect(kinds(found)).toEqual(Object.fromEntries(lies));
    const { before: registry, now: kernel } = paned;
    expect(found.filter(({ name }) => name === 'paned')).toMatchObject([{ column: 'pane', registry, kernel }]);
    expect(sql('select * from agents order by name')).toBe(before);

    const written = await fleet.plumb(['sync', '--insert', ...flags]);
    expect(written.stderr).not.toContain('plumbline has a bug');
    expect(written.stdout).toBe('1 new, 6 changed, 6 dead, 3 unknown, 1 ambiguous, 4 as they were\n');
    const still = ['foreign_pid', 'no_home', 'wandered', 'ambiguous', 'unknown'];
    expect(kinds(await drift())).toEqual(Object.fromEntries([...lies].filter(([, kind]) => still.includes(kind))));
    expect(sql(`select count(*) from agents where note is distinct from 'kept ' || name and name <> 'fresh'`)).toBe(
      '0',
    );
    expect(sql(`select status from agents where name in ('dead1', 'dead2', 'dead3', 'reused', 'left', 'nobody')`)).toBe(
      Array(6).fill('dead').join('\n'),
    );
    expect(sql(`select pid, tty from agents where name = 'risen'`)).toBe(`${risen}|/dev/${terminalOf(risen)}`);
    expect(sql(`select pane from agents where name = 'paned'`)).toBe(paned.now);
    expect(sql('select count(pane) from agents')).toBe('1');
    expect((await fleet.plumb(['sync', '--insert', ...flags])).stdout).toBe(
      '3 unknown, 1 ambiguous, 11 as they were\n',
    );
  });

  it('has rows that are not compared: how many, and why, is told', async () => {
    const url = server().createDatabase();
    server().psql(
      `create table agents (name text unique, pid integer, host text, status text);
       insert into agents values ('uma', null, 'here', 'dead'), ('vic', 1, 'there', 'running'), ('wim', 1, 'here', 'RUNNING'),
         (null, 1, 'here', 'running'), (null, 1, 'there', 'running'), (null, 1, 'here', null)`,
      /@\/(\w+)\?/.exec(url)?.[1] ?? '',
    );
    const mapping = ['--table', 'agents', '--key', 'name', '--pid', 'pid', '--host', 'host', '--host-id', 'here'];
    const status = ['--status', 'status', '--alive', 'running', '--dead', 'dead'];
    const home = ['--home', `uma=${fleet.home('uma')}`, '--command', fleet.command];
    const { stderr, code } = await fleet.plumb(['drift', ...mapping, ...status, ...home, '--db', url]);
    expect(stderr.split('\n').filter((line) => line.includes(' row'))).toEqual([
      'plumb: no row to compare',
      'plumb: 2 rows of other hosts (this one is here): there',
      'plumb: 1 row not compared, since their status is neither alive nor dead: RUNNING',
      'plumb: 2 rows not compared, since they name no session: name is null',
    ]);
    expect(code).toBe(3);
  });

  it('is watched, and goes on after the server was away', async () => {
    const url = server().createDatabase();
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    const sql = (text: string) => server().psql(text, database);
    await fleet.plumb(['sync', '--init', '--apply', '--db', url]);
    sql('create table agents (name text primary key, pid integer, status text, note text)');
    const row = () => sql(`select status || ' ' || pid from agents where name = 'tia'`);
    const mapping = ['--table', 'agents', '--key', 'name', '--pid', 'pid', '--this-host', '--insert', '--db', url];
    const status = ['--status', 'status', '--alive', 'running', '--dead', 'dead'];
    const home = ['--home', `tia=${fleet.home('tia')}`, '--command', fleet.command, '--interval', '100ms'];
    const watcher = startWatcher([process.execPath, PLUMB, 'sync', '--watch', ...mapping, ...status, ...home], {
      cwd: fleet.directory,
      env: { PATH: process.env['PATH'] ?? '', HOME: fleet.directory, PLUMBLINE_CONFIG: '/dev/null' },
    });
    const before = await fleet.start(fleet.home('tia'));
    await waitFor('the row', () => row() === `running ${before}`);
    // Readers who have no beats to go by can tell that somebody keeps the rows, as those of plumbline's own can.
    const key = `'plumbline:connected:' || host_id || ':public.agents'`;
    const kept = () =>
      sql(`select count(*) from pg_locks l, plumbline.session_events e where locktype = 'advisory' and granted
        and event = 'started' and (classid::bigint << 32 | objid::bigint) = hashtextextended(${key}, 0)`);
    await waitFor('the lock that says so', () => kept() === '1');
    sql(`update agents set note = 'mine'`);
    await server().kill();
    await noted(watcher, 'trying again');
    process.kill(before, 'SIGKILL');
    await server().start();
    await waitFor('its end', () => row() === `dead ${before}`, 60_000);
    expect(sql(`select count(*) from plumbline.session_events where name = 'tia' and event = 'died'`)).toBe('1');
    const after = await fleet.start(fleet.home('tia'));
    await waitFor('the next one', () => row() === `running ${after}`);
    expect(sql('select note from agents')).toBe('mine');
    watcher.signal('SIGTERM');
    expect(await watcher.ended).toEqual({ code: 0, signal: null });
    await waitFor('the lock to be gone', () => kept() === '0');
  });
});
