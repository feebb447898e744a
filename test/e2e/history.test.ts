/** `plumb history`: what happened, from the registry alone. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet } from './plumb.ts';

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

function fields(stdout: string): string[][] {
  return stdout
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
}

/** A session that starts, and is another process at the next sync. Returns both pids. */
async function liveTwice(name: string, sync: () => Promise<unknown>): Promise<[number, number]> {
  const first = await fleet.start(fleet.home(name));
  await sync();
  process.kill(first, 'SIGKILL');
  await waitFor('its end', () => !fs.existsSync(`/proc/${first}`));
  const second = await fleet.start(fleet.home(name));
  await sync();
  process.kill(second, 'SIGKILL');
  return [first, second];
}

describe('plumb history', () => {
  it('tells what happened, oldest first, as lines, as a table and as JSON', async () => {
    const env = fleet.ownState();
    const [first, second] = await liveTwice('ada', () => fleet.plumb(['sync', ...fleet.flags], { env }));
    const told = await fleet.plumb(['history', 'ada'], { env });
    expect([told.code, told.stderr]).toEqual([0, '']);
    const change = expect.stringMatching(new RegExp(`^pid ${first} → ${second}(, pts/\\d+ → pts/\\d+)?$`));
    expect(fields(told.stdout)).toEqual([
      [TIME, 'ada', 'started', `${first}`, 'new'],
      [TIME, 'ada', 'died', `${first}`, change],
      [TIME, 'ada', 'started', `${second}`, change],
    ]);
    const table = (await fleet.plumb(['history', '-o', 'table'], { env })).stdout.split('\n');
    expect(table[0]).toMatch(/^WHEN +NAME +EVENT +PID +CHANGE$/);
    expect(table[1]).toMatch(new RegExp(`^2\\S+Z  ada +started +${first} +new$`));
    expect((await fleet.plumb(['history', '-o', 'table', '--no-headings'], { env })).stdout).not.toContain('WHEN');
    const { schema_version, registry, events } = JSON.parse((await fleet.plumb(['history', '--json'], { env })).stdout);
    expect([schema_version, registry]).toEqual([1, expect.stringContaining('the registry in ')]);
    expect(events).toMatchObject([
      { at: TIME, host_id: expect.any(String), name: 'ada', event: 'started', pid: first, before: null },
      { event: 'died', pid: first, before: { pid: first, status: 'alive' }, after: { pid: second } },
      { event: 'started', pid: second, after: { home: fleet.path('agents/ada'), pane: null } },
    ]);
    expect(events[1].evidence[0].fact).toBe('no process has its number');
    expect(events[0].start_time_ticks).toMatch(/^\d+$/);
    expect((await fleet.plumb(['history', 'ada', '--since', '1w'], { env })).stdout).toBe(told.stdout);
  });

  it('says no of a name that never had an event', async () => {
    const env = fleet.ownState();
    await fleet.plumb(['sync', ...fleet.flags], { env });
    const { code, stdout, stderr } = await fleet.plumb(['history', 'nobody'], { env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^plumb: the registry in .* has no event of nobody on host \S+\n {7}plumb history lists/);
    const json = await fleet.plumb(['history', 'nobody', '--json'], { env });
    expect([json.code, json.stdout, JSON.parse(json.stderr).error.code]).toEqual([1, '', 'absent']);
    const all = await fleet.plumb(['history', '-o', 'table'], { env });
    expect(all).toMatchObject({ code: 0, stdout: '', stderr: 'plumb: no events\n' });
  });

  it('escapes a name with odd bytes, and knows it as it is printed', async () => {
    const env = fleet.ownState();
    const home = Buffer.from(`${fleet.path('agents')}/o\xff\n\\d`, 'latin1');
    fs.mkdirSync(home);
    // No string is the path of a name that is not UTF-8.
    fs.symlinkSync(home, fleet.path('way'));
    const pid = await fleet.start(fleet.path('way'));
    await fleet.plumb(['sync', ...fleet.flags], { env });
    process.kill(pid, 'SIGKILL');
    fs.rmSync(home, { recursive: true });
    const listed = 'o\\xFF\\n\\\\d';
    const asLine = 'o\\\\xFF\\n\\\\\\\\d';
    for (const typed of [listed, asLine]) {
      const { stdout } = await fleet.plumb(['history', typed], { env });
      expect(fields(stdout)).toEqual([[TIME, asLine, 'started', `${pid}`, 'new']]);
    }
    const { stdout } = await fleet.plumb(['history', listed, '-o', 'table', '--no-headings'], { env });
    expect(stdout).toContain(`Z  ${listed}  started  ${pid}  new\n`);
    expect((await fleet.plumb(['history', 'o\\xFE'], { env })).code).toBe(1);
  });

  it.each([
    [['history', '--since', '7'], '--since: 7 is no duration'],
    [['history', '--all-hosts', '--host-id', 'x'], '--all-hosts and --host-id at once'],
    [['history', 'a', 'b'], 'too many arguments'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await fleet.plumb(args, { env: fleet.ownState() });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('without a registry: says how to make one, and makes none', async () => {
    const env = fleet.ownState();
    const { code, stderr } = await fleet.plumb(['history'], { env });
    expect(code).toBe(4);
    expect(stderr).toContain('plumb sync makes it');
    expect(fs.existsSync(env['XDG_STATE_HOME'] ?? '')).toBe(false);
  });
});

describe.each(postgresVersions().slice(-1))('plumb history in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it('tells of this host, or of all; of all times, or the last ones; and sync deletes what is too old', async () => {
    const url = server().createDatabase();
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    const on = ['--db', url];
    await fleet.plumb(['sync', '--init', '--apply', ...on]);
    const pid = await fleet.start(fleet.home('eve'));
    const sync = ['sync', '--home', `eve=${fleet.path('agents/eve')}`, '--command', fleet.command, ...on];
    await fleet.plumb([...sync, '--host-id', 'red']);
    const add = (host: string) =>
      server().psql(
        `insert into plumbline.session_events (host_id, name, at, event)
         values ('${host}', 'eve', '2001-02-03T04:05:06Z', 'detached')`,
        database,
      );
    add('red');
    add('blue\twhale');
    const old = ['2001-02-03T04:05:06.000Z', 'eve', 'detached', '', ''];
    const ask = async (...args: string[]) => fields((await fleet.plumb(['history', ...args, ...on])).stdout);
    const started = [TIME, 'eve', 'started', `${pid}`, 'new'];
    expect(await ask('--host-id', 'red')).toEqual([started, old]);
    expect(await ask('--host-id', 'red', '--since', '2w')).toEqual([started]);
    expect(await ask('eve', '--host-id', 'red', '--since', '2w')).toEqual([started]);
    expect(await ask('eve', '--all-hosts')).toEqual([
      ['red', ...started],
      ['red', ...old],
      ['blue\\twhale', ...old],
    ]);
    expect((await fleet.plumb(['history', '--all-hosts', '-o', 'table', ...on])).stdout).toMatch(/^HOST +WHEN/);
    expect((await fleet.plumb(['history', ...on])).stdout).toBe('');
    process.kill(pid, 'SIGKILL');
    await waitFor('its end', () => !fs.existsSync(`/proc/${pid}`));
    await fleet.plumb([...sync, '--host-id', 'red']);
    expect(await ask('--all-hosts')).toEqual([
      ['red', ...started],
      ['blue\\twhale', ...old],
      ['red', TIME, 'eve', 'died', `${pid}`, 'alive → dead'],
    ]);
  });

  it('keeps events as long as the configuration says', async () => {
    const url = server().createDatabase();
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    await fleet.plumb(['sync', '--init', '--apply', '--db', url]);
    server().psql(
      `insert into plumbline.session_events (host_id, name, at, event)
       values ('red', 'kept', now() - interval '100 days', 'moved'), ('red', 'gone', '2001-01-01T00:00:00Z', 'moved')`,
      database,
    );
    fs.writeFileSync(fleet.path('history.toml'), '[registry]\nhistory_days = 300\n');
    const pid = await fleet.start(fleet.home('fay'));
    const flags = ['--config', fleet.path('history.toml'), '--host-id', 'red', '--db', url];
    const home = ['--home', `fay=${fleet.path('agents/fay')}`, '--command', fleet.command];
    expect((await fleet.plumb(['sync', ...home, ...flags])).stdout).toBe('1 new\n');
    const told = fields((await fleet.plumb(['history', ...flags])).stdout);
    expect(told.map(([, name]) => name)).toEqual(['kept', 'fay']);
    process.kill(pid, 'SIGKILL');
  });
});
