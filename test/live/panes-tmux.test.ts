import { describe, expect, it } from 'vitest';
import type { PaneSight } from '../../src/model/pane.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, reportOf } from '../makers/look.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { programIn } from '../makers/terminal.ts';
import { type Pane, startTmux, type TmuxOptions, type TmuxServer } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** A home with an agent in a pane of its own. */
async function agentInPane(options: TmuxOptions = {}) {
  const scratch = makeScratch();
  const claude = install('agent', `${scratch}/bin/claude`);
  const [home] = makeDirectories(scratch, 'homes/ada');
  const tmux = await startTmux(scratch, options);
  const pane = tmux.openPane(home, [claude, 'now']);
  await programIn(home, 'claude');
  return { scratch, claude, home, tmux, pane };
}

/** Opens a pane on this terminal: the kernel gives the lowest number that is free, and other tests free others. */
async function openPaneOn(terminal: string, tmux: TmuxServer, scratch: string, open: () => Pane): Promise<Pane> {
  return waitFor(`a pane on ${terminal}`, () => {
    const filler = tmux.openPane(scratch, ['sleep', '1000']);
    if (filler.terminal() !== terminal) return false;
    tmux.run('kill-pane', '-t', filler.id);
    const pane = open();
    if (pane.terminal() === terminal) return pane;
    tmux.run('kill-pane', '-t', pane.id);
    return false;
  });
}

async function sightOf(home: string): Promise<PaneSight> {
  const sight = reportOf(await lookAt({ ada: home }, { panes: true }), 'ada').session?.pane;
  if (!sight) throw new Error('no session, or nothing was asked');
  return sight;
}

/** `work:1.0 %7` without the server. */
async function placeOf(home: string) {
  const sight = await sightOf(home);
  if (sight.kind !== 'pane') throw new Error(`${sight.kind}: ${sight.why}`);
  const { id, address, alsoAt } = sight.pane;
  return { id, address: address.text, alsoAt: alsoAt.map(({ text }) => text) };
}

describe('the pane of a session in tmux', () => {
  requires('cc', 'tmux', 'setpriv', 'the whole machine');

  it('is found by who holds the terminal, with what a person can check', async () => {
    const { home, tmux, pane } = await agentInPane();
    const report = reportOf(await lookAt({ ada: home }, { panes: true }), 'ada');
    const sight = report.session?.pane;
    expect(sight).toMatchObject({ kind: 'pane', pane: { multiplexer: 'tmux', id: pane.id, firstPid: pane.pid() } });
    expect(sight).toMatchObject({ pane: { server: { pid: tmux.pid(), uid: globalThis.process.getuid?.() } } });
    const facts = report.session?.evidence.slice(-2);
    const name = pane.terminal();
    expect(facts).toMatchObject([
      {
        fact: `${name} is held by tmux: server`,
        check: expect.stringMatching(/^grep tty-index \/proc\/\d+\/fdinfo\/\d+$/),
      },
      {
        fact: 'tmux shows it',
        value: expect.stringContaining(pane.id),
        check: expect.stringContaining('list-panes -a'),
      },
    ]);
  });

  it('is not asked for where nobody wants to know', async () => {
    const { home } = await agentInPane();
    expect(reportOf(await lookAt({ ada: home }), 'ada').session?.pane).toBeNull();
  });

  it('keeps its id, and is told with its address, when panes and windows are moved', async () => {
    const { home, tmux, pane } = await agentInPane();
    const { id } = pane;
    const session = tmux.run('display-message', '-p', '-t', id, '#{session_name}');
    expect(await placeOf(home)).toEqual({ id, address: `${session}:0.0`, alsoAt: [] });
    const other = tmux.run('split-window', '-P', '-F', '#{pane_id}', '-t', id, 'sleep', '300');
    tmux.run('swap-pane', '-s', id, '-t', other);
    expect(await placeOf(home)).toMatchObject({ id, address: `${session}:0.1` });
    tmux.run('break-pane', '-d', '-s', id, '-t', `${session}:7`);
    expect(await placeOf(home)).toMatchObject({ id, address: `${session}:7.0` });
    tmux.run('join-pane', '-d', '-s', id, '-t', other);
    tmux.run('kill-pane', '-t', other);
    expect(await placeOf(home)).toMatchObject({ id, address: `${session}:0.0` });
    tmux.run('rename-session', '-t', `=${session}:`, 'moved here');
    tmux.run('move-window', '-s', '=moved here:0', '-t', '=moved here:3');
    expect(await placeOf(home)).toMatchObject({ id, address: 'moved here:3.0' });
  });

  it('is the same pane with a new session when it is respawned', async () => {
    const { home, pane } = await agentInPane();
    const before = reportOf(await lookAt({ ada: home }), 'ada').session?.pid;
    pane.respawn();
    await waitFor('another agent', async () => {
      const now = reportOf(await lookAt({ ada: home }), 'ada').session?.pid;
      return now !== undefined && now !== null && now !== before;
    });
    expect(await placeOf(home)).toMatchObject({ id: pane.id });
  });

  it('is not the dead pane that had the terminal before', async () => {
    const { scratch, claude, home, tmux, pane } = await agentInPane();
    const [bob] = makeDirectories(scratch, 'homes/bob');
    tmux.run('set-option', '-g', 'remain-on-exit', 'on');
    const first = tmux.openPane(bob, [claude, 'now']);
    const name = first.terminal();
    const pid = await programIn(bob, 'claude');
    globalThis.process.kill(pid, 'SIGKILL');
    await waitFor('the dead pane', () => tmux.run('display-message', '-p', '-t', first.id, '#{pane_dead}') === '1');
    const second = await openPaneOn(name, tmux, scratch, () => tmux.openPane(bob, [claude, 'now']));
    await programIn(bob, 'claude');
    expect({ old: first.terminal(), now: second.terminal() }).toEqual({ old: name, now: name });
    expect(await placeOf(bob)).toMatchObject({ id: second.id });
    expect(await placeOf(home)).toMatchObject({ id: pane.id });
  });

  it('is found once, and where else grouped sessions show it', async () => {
    const { home, tmux, pane } = await agentInPane();
    tmux.run('rename-session', '-t', pane.id, 'a');
    tmux.run('new-session', '-d', '-s', 'b', '-t', 'a');
    tmux.run('new-session', '-d', '-s', 'c', '-t', 'a');
    expect(await placeOf(home)).toEqual({ id: pane.id, address: 'a:0.0', alsoAt: ['b:0.0', 'c:0.0'] });
  });

  it.each([
    ['blanks', 'a b ', 'a b :0.0'],
    ['a colon and dots, which tmux puts aside', 'a:b.c', 'a_b_c:0.0'],
    ['what is not ASCII', 'é名', 'é名:0.0'],
    ['a tab and a newline, which tmux writes out', 'a\tb\nc', 'a\\tb\\nc:0.0'],
    ['a style, which nothing expands', '#[fg=red]', '#[fg=red]:0.0'],
    ['a leading dash', '-t', '-t:0.0'],
  ])('has a name with %s', async (_, name, address) => {
    const { home, tmux, pane } = await agentInPane();
    tmux.run('rename-session', '-t', pane.id, '--', name);
    tmux.run('rename-window', '-t', pane.id, '--', `${name}\t1\t2`);
    expect(await placeOf(home)).toEqual({ id: pane.id, address, alsoAt: [] });
  });

  it('is found for a session whose parents have ended', async () => {
    const { scratch, claude, tmux } = await agentInPane();
    const [bob] = makeDirectories(scratch, 'homes/bob');
    const shell = tmux.openPane(bob);
    shell.type(`sh -mc '${claude} &'`);
    const orphan = await programIn(bob, 'claude');
    const ofShell = () =>
      [processRow(orphan)?.ppid, processRow(processRow(orphan)?.ppid ?? 0)?.ppid].includes(shell.pid());
    await waitFor('its parent to end', () => !ofShell());
    expect(await placeOf(bob)).toMatchObject({ id: shell.id });
  });

  it('is the inner one, where one tmux runs in another', async () => {
    const { scratch, claude, home, tmux, pane } = await agentInPane();
    const [bob] = makeDirectories(scratch, 'homes/bob');
    const outer = tmux.openPane(bob);
    outer.type(`env -u TMUX TMUX_TMPDIR=${scratch} tmux -L inner -f /dev/null new-session '${claude}'`);
    await programIn(bob, 'claude');
    const sight = await sightOf(bob);
    expect(sight).toMatchObject({
      kind: 'pane',
      pane: { id: '%0', server: { socket: expect.stringMatching(/inner$/) } },
    });
    expect(await placeOf(home)).toMatchObject({ id: pane.id });
  });

  it('is found in copy mode, and with its input off', async () => {
    const { home, tmux, pane } = await agentInPane();
    tmux.run('copy-mode', '-t', pane.id);
    tmux.run('select-pane', '-d', '-t', pane.id);
    expect(await placeOf(home)).toMatchObject({ id: pane.id });
  });
});
