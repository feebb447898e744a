import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PaneSight } from '../../src/model/pane.ts';
import { install } from '../makers/c-program.ts';
import { makeFreezer } from '../makers/freezer.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, reportOf } from '../makers/look.ts';
import { inMountNamespace, inPidNamespace } from '../makers/namespaces.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { programIn } from '../makers/terminal.ts';
import { startTmux, type TmuxOptions } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

async function workshop() {
  const scratch = makeScratch();
  const claude = install('agent', `${scratch}/bin/claude`);
  const serve = async (name: string, options?: TmuxOptions) => {
    const [home] = makeDirectories(scratch, `homes/${name}`);
    const tmux = await startTmux(scratch, options);
    const pane = tmux.openPane(home, [claude, 'now']);
    await programIn(home, 'claude');
    return { home, tmux, pane };
  };
  return { scratch, claude, serve };
}

async function sightOf(home: string): Promise<PaneSight> {
  const sight = reportOf(await lookAt({ ada: home }, { panes: true }), 'ada').session?.pane;
  if (!sight) throw new Error('no session, or nothing was asked');
  return sight;
}

function unknown(why: string) {
  return { kind: 'unknown', why: expect.stringContaining(why) };
}

describe('the server that shows a session', () => {
  requires('cc', 'tmux', 'setpriv', 'the whole machine');

  it.each([
    [
      '-L',
      (scratch: string) => ({ socket: ['-L', 'a b'], at: `${scratch}/tmux-${globalThis.process.getuid?.()}/a b` }),
    ],
    ['-S', (scratch: string) => ({ socket: ['-S', `${scratch}/sock`], at: `${scratch}/sock` })],
  ])('is reached by its socket, started with %s', async (_, socketOf) => {
    const { scratch, serve } = await workshop();
    const { socket, at } = socketOf(scratch);
    const { home, tmux, pane } = await serve('ada', { socket });
    expect(await sightOf(home)).toMatchObject({ pane: { id: pane.id, server: { pid: tmux.pid(), socket: at } } });
  });

  it('is reached by a socket that was named relative to where it stood', async () => {
    const { serve } = await workshop();
    const { home, tmux, pane } = await serve('ada', { socket: ['-S', 'sock'] });
    const socket = `/proc/${tmux.pid()}/cwd/sock`;
    expect(await sightOf(home)).toMatchObject({ pane: { id: pane.id, server: { socket } } });
  });

  it('is told from others, whose panes have the same ids', async () => {
    const { serve } = await workshop();
    const one = await serve('one', { socket: ['-L', 'one'] });
    const two = await serve('two', { socket: ['-L', 'two'] });
    expect([one.pane.id, two.pane.id]).toEqual(['%0', '%0']);
    for (const { home, tmux } of [one, two]) {
      expect(await sightOf(home)).toMatchObject({ pane: { id: '%0', server: { pid: tmux.pid() } } });
    }
  });

  it('has gone with all its panes, and another one answers on its socket', async () => {
    const { claude, scratch, serve } = await workshop();
    const { home, tmux } = await serve('ada');
    await tmux.kill();
    const again = await startTmux(scratch);
    const [bob] = makeDirectories(scratch, 'homes/bob');
    const pane = again.openPane(bob, [claude, 'now']);
    await programIn(bob, 'claude');
    expect(pane.id).toBe('%0');
    expect(await sightOf(bob)).toMatchObject({ pane: { id: '%0', server: { pid: again.pid() } } });
    expect(reportOf(await lookAt({ ada: home }, { panes: true }), 'ada').session?.pane ?? null).toBeNull();
  });

  it('is not the one that has taken its socket', async () => {
    const { claude, scratch, serve } = await workshop();
    const { home, tmux } = await serve('ada', { socket: ['-S', `${scratch}/sock`] });
    fs.rmSync(`${scratch}/sock`);
    expect(await sightOf(home)).toMatchObject(unknown('does not list its panes'));
    const thief = await startTmux(scratch, { socket: ['-S', `${scratch}/sock`] });
    const [bob] = makeDirectories(scratch, 'homes/bob');
    thief.openPane(bob, [claude, 'now']);
    await programIn(bob, 'claude');
    expect(await sightOf(home)).toMatchObject(unknown(`another server (${thief.pid()}) listens on its socket`));
    expect(await sightOf(bob)).toMatchObject({ pane: { id: '%0', server: { pid: thief.pid() } } });
    globalThis.process.kill(tmux.pid(), 'SIGUSR1');
    await waitFor('its socket again', async () => (await sightOf(home)).kind === 'pane');
    // Now the other one has none.
    expect(await sightOf(bob)).toMatchObject(unknown(`another server (${tmux.pid()}) listens on its socket`));
  });

  it('is not waited for while it is stopped', async () => {
    const { serve } = await workshop();
    const { home, tmux, pane } = await serve('ada');
    globalThis.process.kill(tmux.pid(), 'SIGSTOP');
    await waitFor('it to stop', () => processRow(tmux.pid())?.state === 'T');
    const begun = performance.now();
    expect(await sightOf(home)).toMatchObject(unknown('its server is stopped'));
    expect(performance.now() - begun).toBeLessThan(1900);
    globalThis.process.kill(tmux.pid(), 'SIGCONT');
    expect(await sightOf(home)).toMatchObject({ kind: 'pane', pane: { id: pane.id } });
  });

  describe('in a control group', () => {
    requires('a freezer', 'root');

    it('is not waited for longer than two seconds while that is frozen, though it has our streams by then', async () => {
      const { serve } = await workshop();
      const { home, tmux, pane } = await serve('ada');
      const group = makeFreezer(tmux.pid());
      await group.freeze();
      expect(await sightOf(home)).toMatchObject(unknown('its server did not answer in 2000 ms'));
      await group.thaw();
      expect(await sightOf(home)).toMatchObject({ kind: 'pane', pane: { id: pane.id } });
    });
  });

  describe('in namespaces of its own', () => {
    requires('mount namespaces', 'pid namespaces', 'root');

    it('is reached where it has a directory of its own over ours', async () => {
      const { scratch, serve } = await workshop();
      const [sockets] = makeDirectories(scratch, 'sockets');
      const through = [...inMountNamespace(`mount -t tmpfs tmpfs ${sockets}; exec "$@"`), 'sh'];
      const socket = ['-S', `${sockets}/sock`];
      const reach = (server: number) => `/proc/${server}/root${sockets}/sock`;
      const { home, tmux, pane } = await serve('ada', { socket, through, reach });
      expect(fs.existsSync(`${sockets}/sock`)).toBe(false);
      const server = { pid: tmux.pid(), socket: reach(tmux.pid()) };
      expect(await sightOf(home)).toMatchObject({ pane: { id: pane.id, server } });
    });

    it('is told from ours where both have a terminal of the same number', async () => {
      const { serve, scratch, claude } = await workshop();
      const ours = await serve('ours', { socket: ['-L', 'ours'] });
      const script =
        'mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts; mount --bind /dev/pts/ptmx /dev/ptmx';
      const through = [...inMountNamespace(`${script}; exec "$@"`), 'sh', ...inPidNamespace()];
      const inner = await startTmux(scratch, { socket: ['-S', `${scratch}/inner`], through });
      const [home] = makeDirectories(scratch, 'homes/inner');
      const name = ours.pane.terminal();
      for (let index = 0; `pts/${index}` !== name; index++) inner.openPane(scratch, ['sleep', '300']);
      const pane = inner.openPane(home, [claude, 'now']);
      await programIn(home, 'claude');
      expect(pane.terminal()).toBe(name);
      const sight = await sightOf(home);
      const server = { pid: inner.pid(), innerPid: 1 };
      expect(sight).toMatchObject({ kind: 'pane', pane: { id: pane.id, server }, links: [{ terminal: { name } }] });
      const own = { id: ours.pane.id, server: { pid: ours.tmux.pid() } };
      expect(await sightOf(ours.home)).toMatchObject({ kind: 'pane', pane: own, links: [{ terminal: { name } }] });
    });
  });
});
