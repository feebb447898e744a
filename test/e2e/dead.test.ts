/** The rows of a registry whose process has ended, whether they say so or not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../makers/c-program.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet } from './plumb.ts';

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

async function killed(...pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await waitFor('them to be reaped', () => pids.every((pid) => processRow(pid) === null));
}

describe('plumb dead', () => {
  requires('cc');

  it('tells what has ended since, what was recorded, and who took its place', async () => {
    const env = fleet.ownState();
    const dead = async () => JSON.parse((await fleet.plumb(['dead', '--json', ...fleet.flags], { env })).stdout);
    const start = (name: string) => fleet.start(fleet.home(name));
    const [ada, bob, cleo, dan] = [await start('ada'), await start('bob'), await start('cleo'), await start('dan')];
    expect(await fleet.plumb(['dead', ...fleet.flags], { env })).toMatchObject({ code: 4 });
    await fleet.plumb(['sync', ...fleet.flags], { env });
    expect((await dead()).dead).toEqual([]);

    await killed(cleo);
    await fleet.plumb(['sync', ...fleet.flags], { env });
    await killed(ada, bob);
    const again = await start('bob');
    const answer = await dead();
    expect(answer).toMatchObject({ schema_version: 1, unknown: 0 });
    expect(answer.dead).toMatchObject([
      { name: 'ada', pid: ada, recorded: false, cause: 'exited', ended_at: null, successor: null, exit_code: null },
      { name: 'bob', pid: bob, recorded: false, cause: 'exited', ended_at: null, successor: again },
      { name: 'cleo', pid: cleo, recorded: true, cause: 'exited', ended_at: expect.any(String), successor: null },
    ]);
    for (const row of answer.dead) {
      expect(row).toMatchObject({
        proof: 'no process has its number',
        started_at: expect.any(String),
        boot_id: expect.any(String),
      });
      expect(row.evidence[0]).toMatchObject({ fact: row.proof, check: expect.stringContaining(`kill -0 ${row.pid}`) });
    }

    const piped = await fleet.plumb(['dead', ...fleet.flags], { env });
    expect(piped).toMatchObject({ code: 0 });
    expect(piped.stderr).toContain('3 dead, and 2 of them do not say so');
    const lines = piped.stdout.split('\n').map((line) => line.split('\t'));
    expect(lines.slice(0, 3).map(([name, pid, recorded, cause]) => [name, pid, recorded, cause])).toEqual([
      ['ada', String(ada), 'false', 'exited'],
      ['bob', String(bob), 'false', 'exited'],
      ['cleo', String(cleo), 'true', 'exited'],
    ]);
    const shown = await fleet.plumbOnTerminal(['dead', '--no-color', ...fleet.flags], { env });
    expect(shown.stdout).toMatch(/^NAME +PID +RECORDED +CAUSE +SINCE +ENDED +NOW +PROOF/);
    expect(shown.stdout).toContain(`${again}`);
    // It was read only: the rows are as they were.
    expect((await dead()).dead).toHaveLength(3);

    const cleoAgain = await start('cleo');
    expect((await dead()).dead.map((row: { name: string }) => row.name)).toEqual(['ada', 'bob']);
    for (const pid of [again, cleoAgain, dan]) process.kill(pid, 'SIGKILL');
  });

  it('knows how one has ended for as long as nobody has reaped it', async () => {
    const env = fleet.ownState();
    const home = fleet.home('zed');
    const program = fleet.path(fleet.command);
    const parent = await fleet.start(home, compile('zombie'), [program, '1000']);
    const pid = await waitFor('its child', () => {
      return processTable().find((row) => row.ppid === parent && row.hasExecuted)?.pid;
    });
    const flags = ['--home', `zed=${home}`, '--command', fleet.command];
    expect(await fleet.plumb(['sync', ...flags], { env })).toMatchObject({ code: 0, stdout: '1 new\n' });
    process.kill(pid, 'SIGUSR1');
    await waitFor('the zombie', () => processRow(pid)?.state === 'Z');
    const row = { name: 'zed', pid, cause: 'exited', signal: 'SIGUSR1', exit_code: null };
    const dead = async () => JSON.parse((await fleet.plumb(['dead', '--json', ...flags], { env })).stdout).dead;
    expect(await dead()).toMatchObject([{ ...row, recorded: false, proof: 'all of its threads have ended' }]);
    await fleet.plumb(['sync', ...flags], { env });
    expect(await dead()).toMatchObject([{ ...row, recorded: true, proof: 'all of its threads have ended' }]);
    await killed(parent);
    await waitFor('it to be reaped', () => processRow(pid) === null);
    expect(await dead()).toMatchObject([{ ...row, recorded: true, signal: null }]);
  });
});

describe.each(postgresVersions().slice(-1))("plumb dead with somebody else's table in Postgres $major", (version) => {
  requires('cc', 'postgres', 'the whole machine', 'root');
  const server = usePostgres(version);

  it('tells the rows that say alive and are not, and those that say dead', async () => {
    const url = server().createDatabase();
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    const [gone, left, live] = [
      await fleet.start(fleet.home('gone')),
      await fleet.start('/', '/bin/sleep'),
      await fleet.start(fleet.home('live')),
    ];
    await killed(gone);
    server().psql(
      `create table agents (name text primary key, pid integer, status text not null, seen timestamptz, ended timestamptz);
       insert into agents values
         ('gone', ${gone}, 'running', now(), null), ('left', ${left}, 'running', now(), null),
         ('live', ${live}, 'running', now(), null), ('old', 1, 'dead', now(), '2026-01-02T03:04:05Z'),
         ('odd', ${gone}, 'paused', now(), null)`,
      database,
    );
    const mapping = [
      '--db',
      url,
      '--table',
      'agents',
      '--key',
      'name',
      '--pid',
      'pid',
      '--status',
      'status',
      '--this-host',
    ];
    const words = [
      '--alive',
      'running',
      '--dead',
      'dead',
      '--column',
      'observed_at=seen',
      '--column',
      'ended_at=ended',
    ];
    const ran = await fleet.plumb(['dead', '--json', ...mapping, ...words, ...fleet.flags]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const nothing = { start_time_ticks: null, boot_id: null, exit_code: null, signal: null, successor: null };
    expect(JSON.parse(ran.stdout).dead).toMatchObject([
      { name: 'gone', pid: gone, recorded: false, cause: 'exited', proof: 'no process has its number', ...nothing },
      { name: 'left', pid: left, recorded: false, cause: 'left', ...nothing },
      { name: 'old', pid: 1, recorded: true, cause: null, ended_at: '2026-01-02T03:04:05.000Z', ...nothing },
    ]);
    expect(server().psql('select status from agents order by name', database)).toBe(
      ['running', 'running', 'running', 'paused', 'dead'].join('\n'),
    );
  });
});
