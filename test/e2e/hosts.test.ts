/** `plumb hosts`: whose rows are there, and how far they can be relied on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { noted, startWatcher } from '../makers/watcher.ts';
import { Fleet, PLUMB } from './plumb.ts';

leavesNothingBehind();

let fleet: Fleet;

beforeAll(async () => {
  fleet = new Fleet();
  await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

function startWatch(hostId: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = [globalThis.process.execPath, PLUMB, 'sync', '--watch', '--host-id', hostId] as const;
  const base = { PATH: globalThis.process.env['PATH'] ?? '', HOME: fleet.directory, PLUMBLINE_CONFIG: '/dev/null' };
  return startWatcher([...command, ...fleet.flags, ...flags], { cwd: fleet.directory, env: { ...base, ...env } });
}

function fields(stdout: string): string[][] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => line.split('\t'));
}

describe('plumb hosts of the embedded registry', () => {
  it('tells of the one host that has rows there, marked where it is this one', async () => {
    const env = { XDG_STATE_HOME: fleet.path('state') };
    await fleet.plumb(['sync', '--host-id', 'o\x9fdd\thost', ...fleet.flags], { env });
    const here = await fleet.plumb(['hosts', '--host-id', 'o\x9fdd\thost'], { env });
    expect([here.code, here.stderr]).toEqual([0, '']);
    expect(fields(here.stdout)).toEqual([['o\\xC2\\x9Fdd\\thost', UUID, 'snapshot', TIME, '1', '0', '0', 'this host']]);
    expect(fields((await fleet.plumb(['hosts'], { env })).stdout)[0]?.at(-1)).toBe('');
    const { stdout } = await fleet.plumb(['hosts', '--json'], { env });
    expect(stdout).not.toContain('\x9f');
    expect(JSON.parse(stdout)).toEqual({
      schema_version: 1,
      registry: expect.stringContaining('the registry in '),
      hosts: [
        {
          host_id: 'o\x9fdd\thost',
          is_this_host: false,
          boot_id: UUID,
          freshness: 'snapshot',
          watching_since: null,
          observed_at: TIME,
          ...{ alive: 1, dead: 0, ambiguous: 0 },
        },
      ],
    });
  });

  it('says who watches it, and afterwards that its watch was killed', async () => {
    const env = { XDG_STATE_HOME: fleet.path('watched') };
    const watcher = startWatch('here', [], env);
    await noted(watcher, 'nobody else can use the embedded registry');
    await waitFor('a line', () => watcher.lines().length > 0);
    const held = await fleet.plumb(['hosts'], { env });
    expect([held.code, held.stderr]).toEqual([4, expect.stringContaining(`held by pid ${watcher.pid}`)]);
    watcher.signal('SIGKILL');
    await watcher.ended;
    const { stdout } = await fleet.plumb(['hosts', '--host-id', 'here', '-o', 'table'], { env });
    expect(stdout).toMatch(
      /^ +HOST +BOOT +STATE +WRITTEN +ALIVE +DEAD +AMBIGUOUS\n\* {2}here +\S+ {2}gone: its rows are unknown +\d+s ago +1 +0 +0\n$/,
    );
  });

  it('makes none where there is none', async () => {
    const env = { XDG_STATE_HOME: fleet.path('none') };
    const { code, stderr } = await fleet.plumb(['hosts'], { env });
    expect([code, stderr]).toEqual([4, expect.stringContaining('plumb sync makes it')]);
  });
});

describe.each(postgresVersions().slice(-1))('plumb hosts in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it('tells a host that is watched from one that was synced, and from one whose watch was ended', async () => {
    const url = server().createDatabase();
    const on = ['--db', url];
    await fleet.plumb(['sync', '--init', '--apply', ...on]);
    expect((await fleet.plumb(['hosts', '-o', 'table', ...on])).stderr).toBe('plumb: no hosts\n');
    await fleet.plumb(['sync', '--host-id', 'synced', ...fleet.flags, ...on]);
    const [kept, ended] = [startWatch('watched', on), startWatch('ended', on)];
    const states = async () => {
      const { stdout } = await fleet.plumb(['hosts', '--host-id', 'watched', ...on]);
      return fields(stdout).map(([host, , state, , alive, , , mark]) => [host, state, alive, mark].join(' '));
    };
    await waitFor('both to be watched', async () => (await states()).join().split('connected').length === 3);
    ended.signal('SIGTERM');
    expect(await ended.ended).toEqual({ code: 0, signal: null });
    await waitFor('its connection to end', async () => !(await states())[0]?.includes('connected'));
    expect(await states()).toEqual(['ended snapshot 1 ', 'synced snapshot 1 ', 'watched connected 1 this host']);
    kept.signal('SIGKILL');
    await waitFor('the other one to be missed', async () => (await states())[2] === 'watched gone 1 this host');
  });
});
