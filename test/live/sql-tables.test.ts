import { describe, expect, it } from 'vitest';
import { type RunClient, runClient } from '../../src/panes/client.ts';
import { snapshotsOf } from '../../src/sql/tables/snapshots.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { needs, rowsIn, select } from '../makers/live-rows.ts';
import { homesIn } from '../makers/look.ts';
import { hasEnded } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const STATEMENT = { isBlock: false };
const BLOCK = { isBlock: true };

/** An agent in a pane, one on a terminal that no multiplexer shows, and a home without one. */
async function twoAgents() {
  const scratch = makeScratch();
  const claude = install('agent', `${scratch}/bin/claude`);
  const [homes, ada, bob] = makeDirectories(scratch, 'homes', 'homes/ada', 'homes/bob', 'homes/eve');
  const tmux = await startTmux(scratch);
  const pane = tmux.openPane(ada);
  pane.type(claude);
  const inPane = await programBelow(pane.pid(), 'claude');
  const terminal = await openTerminal([claude], { cwd: bob });
  const snapshots = snapshotsOf({ settings: { homes: [homesIn(homes)], commands: ['claude'] } });
  return { scratch, claude, homes, tmux, pane, inPane, terminal, snapshots };
}

describe('the live tables', () => {
  requires('cc', 'tmux', 'setpriv', 'the whole machine');

  it('tell a session in its pane, and join by terminal, pane and process', async () => {
    const { pane, inPane, terminal, tmux, snapshots, homes } = await twoAgents();
    const sessions = await select(snapshots, 'sessions');
    expect(sessions.map(({ name, verdict, pid }) => [name, verdict, pid])).toEqual([
      ['ada', 'alive', String(inPane)],
      ['bob', 'alive', String(terminal.pid)],
    ]);
    const [ada, bob] = sessions;
    const address = tmux.run('list-panes', '-a', '-F', '#{session_name}:#{window_index}.#{pane_index}');
    expect(ada).toMatchObject({
      home: `${homes}/ada`,
      cwd: `${homes}/ada`,
      command: 'claude',
      terminal: pane.terminal(),
      pane: pane.id,
      pane_address: address,
      pane_multiplexer: 'tmux',
      pane_server_pid: String(tmux.pid()),
      pane_also_at: '{}',
      no_pane_because: null,
      detached: 'f',
      foreground: 't',
      claimed_by: '[]',
    });
    expect(bob).toMatchObject({
      pane: null,
      pane_also_at: null,
      terminal: terminal.name,
      terminal_dev: String(terminal.dev),
    });
    expect(bob?.['no_pane_because']).toContain('is held by');
    expect(JSON.parse(ada?.['evidence'] ?? '').length).toBeGreaterThan(3);

    const panes = await select(snapshots, 'panes');
    const own = panes.filter(({ server_pid }) => server_pid === String(tmux.pid()));
    expect(own).toEqual([
      expect.objectContaining({
        id: pane.id,
        address,
        terminal: ada?.['terminal'],
        terminal_dev: ada?.['terminal_dev'],
        socket: ada?.['pane_socket'],
        sessions: '{"ada"}',
        pid: String(inPane),
      }),
    ]);
    const terminals = await select(snapshots, 'terminals');
    const shown = terminals.filter(({ name, dev }) => name === ada?.['terminal'] && dev === ada?.['terminal_dev']);
    expect(shown).toEqual([expect.objectContaining({ session: 'ada', pane: `${address} ${pane.id}` })]);
    const processes = await select(snapshots, 'processes');
    expect(processes.filter(({ pid }) => pid === ada?.['pid'])).toEqual([
      expect.objectContaining({
        start_time_ticks: ada?.['start_time_ticks'],
        terminal: ada?.['terminal'],
        terminal_dev: ada?.['terminal_dev'],
        session: 'ada',
        joined_by: 'owner',
      }),
    ]);
  });

  it('prove that a home has no session', async () => {
    const { snapshots } = await twoAgents();
    await waitFor('a proof', async () => {
      const homes = await select(snapshots, 'homes', 'name verdict');
      return homes.map(({ name, verdict }) => `${name} ${verdict}`).join() === 'ada alive,bob alive,eve none';
    });
  });

  it('keep their rows for a block, whatever happens meanwhile and whichever columns come later', async () => {
    const { claude, homes, pane, inPane, terminal, snapshots } = await twoAgents();
    const block = snapshots.take(needs('sessions', 'name'), BLOCK);
    expect((await rowsIn(block, needs('sessions', 'name'))).map(({ name }) => name)).toEqual(['ada', 'bob']);
    const before = await rowsIn(block, needs('processes', 'pid'));
    globalThis.process.kill(terminal.pid, 'SIGKILL');
    await waitFor('bob’s end', () => hasEnded(terminal.pid));
    const eve = await openTerminal([claude], { cwd: `${homes}/eve` });

    const sessions = await rowsIn(block, needs('sessions'));
    expect(sessions.map(({ name, pid }) => [name, pid])).toEqual([
      ['ada', String(inPane)],
      ['bob', String(terminal.pid)],
    ]);
    expect(sessions[0]).toMatchObject({ pane: pane.id });
    expect(sessions[1]?.['no_pane_because']).toBe('it changed while it was looked at');
    const after = await rowsIn(block, needs('processes'));
    expect(after.map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
    expect(after.every(({ pid, user_ns: inode }) => inode !== null || pid !== String(inPane))).toBe(true);

    // A home's absence is proven now, and of a home that has got a session since nothing more is said than before.
    const reports = await rowsIn(block, needs('homes'));
    expect(reports.map(({ name, verdict, pid }) => [name, verdict, pid])).toEqual([
      ['ada', 'alive', String(inPane)],
      ['bob', 'alive', String(terminal.pid)],
      ['eve', 'unknown', null],
    ]);
    expect(await rowsIn(block, needs('homes', 'name'))).toEqual(reports);
    const next = await select(snapshots, 'sessions', 'name pid');
    expect(next.map(({ name, pid }) => [name, pid])).toEqual([
      ['ada', String(inPane)],
      ['eve', String(eve.pid)],
    ]);
  });

  it('tell one pane of a session and of its terminal, and ask each server once for both', async () => {
    const { homes, pane, tmux } = await twoAgents();
    const asked: string[] = [];
    const run: RunClient = (server, question) => {
      if (server.pid === tmux.pid()) asked.push(question.args.join(' '));
      return runClient(server, question);
    };
    const settings = { homes: [homesIn(homes)], commands: ['claude'] };
    const block = snapshotsOf({ settings, run }).take(needs('sessions', 'pane'), BLOCK);
    const [ada] = await rowsIn(block, needs('sessions', 'name terminal pane pane_address'));
    const before = new Date();
    await waitFor('the next millisecond', () => Date.now() > before.getTime());
    tmux.run('rename-session', 'renamed');
    const terminals = await rowsIn(block, needs('terminals', 'name pane'));
    const shown = terminals.find(({ pane: word }) => word?.endsWith(` ${pane.id}`) && word.startsWith('renamed'));
    expect(shown).toBeUndefined();
    const own = terminals.find(({ pane: word }) => word === `${ada?.['pane_address']} ${pane.id}`);
    expect(own).toMatchObject({ name: ada?.['terminal'] });
    expect(new Date(own?.['observed_at'] ?? '') <= before).toBe(true);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('say when they were read', async () => {
    const { snapshots } = await twoAgents();
    const start = new Date();
    const asked = needs('sessions processes', 'pid');
    const block = snapshots.take(asked, BLOCK);
    const [sessions, processes] = [await rowsIn(block, asked, 'sessions'), await rowsIn(block, asked, 'processes')];
    const first = new Set([...sessions, ...processes].map((it) => it['observed_at']));
    expect(first.size).toBe(1);
    await waitFor('the next millisecond', () => Date.now() > start.getTime() + 1);
    const between = new Date();
    const terminals = await rowsIn(block, needs('terminals'));
    const times = new Set(terminals.map((it) => it['observed_at']));
    expect(times.size).toBe(1);
    const [[at], [later]] = [[...first], [...times]];
    expect(new Date(at ?? '') >= start).toBe(true);
    expect(new Date(later ?? '') >= between).toBe(true);
    expect(await rowsIn(block, needs('terminals'))).toEqual(terminals);
  });

  it('tell what could not be seen of each table alone', async () => {
    const { snapshots } = await twoAgents();
    const asked = needs('coverage sessions');
    const rows = await rowsIn(snapshots.take(asked, STATEMENT), asked, 'coverage');
    expect(new Set(rows.map((it) => it['table_name']))).toEqual(new Set(['sessions']));
    const all = await select(snapshots, 'coverage');
    expect([...new Set(all.map((it) => it['table_name']))]).toEqual(
      'sessions homes panes processes process_arguments terminals connections locks mounts routes'.split(' '),
    );
    for (const { complete, code, reason, count, pids } of all) {
      expect(code === null ? [complete, reason, count, pids] : [reason?.length]).toEqual(
        code === null ? ['t', null, '0', '{}'] : [expect.any(Number)],
      );
    }
  });

  it('say that the panes of a server are missing that does not tell them', async () => {
    const { tmux, snapshots } = await twoAgents();
    globalThis.process.kill(tmux.pid(), 'SIGSTOP');
    try {
      const asked = needs('panes coverage');
      const block = snapshots.take(asked, BLOCK);
      const panes = await rowsIn(block, asked, 'panes');
      expect(panes.filter(({ server_pid }) => server_pid === String(tmux.pid()))).toEqual([]);
      const coverage = await rowsIn(block, asked, 'coverage');
      const silent = coverage.find(({ code }) => code === 'panes_unlisted');
      expect(silent).toMatchObject({ table_name: 'panes', complete: 'f' });
      expect(silent?.['pids']).toContain(`"${tmux.pid()}"`);
      // Who asks for no pane does not wait for one.
      const sessions = await select(snapshots, 'sessions', 'name pid');
      expect(sessions.map(({ name }) => name)).toEqual(['ada', 'bob']);
    } finally {
      globalThis.process.kill(tmux.pid(), 'SIGCONT');
    }
  });
});
