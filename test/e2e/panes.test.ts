import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { startScreen } from '../makers/screen.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet } from './plumb.ts';

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

interface Told {
  readonly servers: readonly { readonly pid: number; readonly unlisted_because: string | null }[];
  readonly panes: readonly {
    readonly server_pid: number;
    readonly id: string | null;
    readonly dead: boolean;
    readonly terminal: { readonly name: string } | null;
    readonly [column: string]: unknown;
  }[];
}

describe('plumb panes', () => {
  requires('tmux', 'setpriv', 'screen', 'script', 'root', 'the whole machine');

  /** What is told of one server: others on this machine are somebody else's. */
  async function toldOf(server: number, flags: readonly string[] = []) {
    const { stdout, stderr, code } = await fleet.plumb(['panes', '--json', ...flags]);
    const { servers, panes } = JSON.parse(stdout) as Told;
    return {
      code,
      notes: stderr.split('\n').filter((line) => line.includes(` ${server} `)),
      server: servers.find(({ pid }) => pid === server),
      panes: panes.filter(({ server_pid }) => server_pid === server),
    };
  }

  it('lists the panes of a server with the sessions in them, and else with what is in front', async () => {
    const tmux = await startTmux(fleet.directory);
    const agent = fleet.path(fleet.command);
    const ada = tmux.openPane(fleet.home('ada'), [agent, '1000']);
    const bob = tmux.openPane(fleet.home('bob'), fleet.marked('script', '-qc', `${agent} 1000`, '/dev/null'));
    const other = tmux.openPane(fleet.directory, ['sleep', '1000']);
    tmux.run('set-option', '-g', 'remain-on-exit', 'on');
    const dead = tmux.openPane(fleet.directory, ['sh', '-c', 'exit 0']);
    tmux.run('copy-mode', '-t', ada.id);
    await waitFor('the dead pane', () => tmux.run('display-message', '-p', '-t', dead.id, '#{pane_dead}') === '1');
    const sessionsOf = async () => (await toldOf(tmux.pid(), fleet.flags)).panes.map(({ sessions }) => sessions);
    await waitFor(
      'both agents',
      async () => (await sessionsOf()).filter((it) => JSON.stringify(it) !== '[]').length === 2,
    );
    const { server, panes, notes } = await toldOf(tmux.pid(), fleet.flags);
    expect({ server, notes }).toMatchObject({ server: { unlisted_because: null }, notes: [] });
    const byId = new Map(panes.map((pane) => [pane.id, pane]));
    const shown = { multiplexer: 'tmux', also_at: [], dead: false };
    expect(byId.get(ada.id)).toMatchObject({
      ...shown,
      sessions: [{ name: 'ada' }],
      obstacles: ['copy mode'],
      pid: ada.pid(),
    });
    expect(byId.get(ada.id)?.terminal).toMatchObject({ name: ada.terminal() });
    expect(byId.get(bob.id)).toMatchObject({
      ...shown,
      sessions: [{ name: 'bob' }],
      command: 'script',
      pid: bob.pid(),
    });
    expect(byId.get(other.id)).toMatchObject({ ...shown, sessions: [], command: 'sleep', pid: other.pid() });
    expect(byId.get(dead.id)).toMatchObject({ dead: true, terminal: null, sessions: [], command: null, pid: null });
    const table = (await fleet.plumb(['panes', '-o', 'table', ...fleet.flags])).stdout.split('\n');
    const lineOf = (id: string) => table.find((line) => line.includes(` ${id} `) && line.includes(` ${tmux.pid()} `));
    expect(table[0]).toMatch(/^PANE +ID +TTY +SESSION +PID +COMMAND +NOTE +SERVER$/);
    expect(lineOf(ada.id)).toMatch(/ ada +\d+ +plumb\d+ +copy mode +/);
    expect(lineOf(dead.id)).toMatch(/ - +- +- +dead +/);
    const fields = (await fleet.plumb(['panes', ...fleet.flags])).stdout.split('\n').map((line) => line.split('\t'));
    expect(fields.find(([, id, , , , , pid]) => id === ada.id && pid === String(tmux.pid()))?.slice(8)).toEqual([
      'ada',
    ]);
  });

  it('says which server does not answer, why, and ends with 3', async () => {
    const tmux = await startTmux(fleet.directory, { socket: ['-L', 'stopped'] });
    tmux.openPane(fleet.directory, ['sleep', '1000']);
    process.kill(tmux.pid(), 'SIGSTOP');
    await waitFor('it to stop', () => processRow(tmux.pid())?.state === 'T');
    const { code, server, panes, notes } = await toldOf(tmux.pid());
    expect({ code, panes, server }).toMatchObject({
      code: 3,
      panes: [],
      server: { unlisted_because: 'its server is stopped' },
    });
    const why = `tmux ${tmux.pid()} is not listed: its server is stopped (kill -CONT ${tmux.pid()} lets it go on)`;
    expect(notes).toEqual([expect.stringContaining(why)]);
    const doctor = (await fleet.plumb(['doctor'])).stdout.split('\n').find((line) => line.startsWith('tmux\t'));
    expect(doctor).toMatch(/^tmux\tlost\t\d+ servers?.* without an answer: /);
    expect(doctor).toContain(`${tmux.pid()}: its server is stopped`);
  });

  it('lists the windows of a screen by their terminals, where there are several', async () => {
    const screen = await startScreen(fleet.directory, ['sleep', '1000']);
    const address = `${screen.name}:0`;
    expect((await toldOf(screen.pid)).panes).toMatchObject([{ id: '0', address, command: 'sleep', title: 'sleep' }]);
    screen.open('cat');
    await waitFor('two windows', async () => (await toldOf(screen.pid)).panes.length === 2);
    const { panes } = await toldOf(screen.pid);
    const shown = [...panes].sort((one, other) => String(one['command']).localeCompare(String(other['command'])));
    expect(shown).toMatchObject([
      { id: null, address: screen.name, command: 'cat', title: null },
      { id: null, address: screen.name, command: 'sleep', title: null },
    ]);
    expect(new Set(panes.map(({ terminal }) => terminal?.name)).size).toBe(2);
  });
});
