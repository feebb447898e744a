import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Session } from '../../src/model/session.ts';
import { observe } from '../../src/observe.ts';
import { compile, install } from '../makers/c-program.ts';
import { readFacts } from '../makers/json-facts.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { isOn } from '../makers/on-terminal.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { inFront, openShell, openTerminal, programBelow, type Terminal } from '../makers/terminal.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** The lines for one terminal, of a look without any configuration. */
async function linesFor(terminal: Pick<Terminal, 'name' | 'dev'>): Promise<readonly Session[]> {
  const { sessions } = await observe();
  return sessions.filter(isOn(terminal));
}

describe('observe() without configuration', () => {
  requires('cc');

  it('lists a terminal by its foreground process, under the last part of its directory', async () => {
    const scratch = makeScratch();
    const [directory] = makeDirectories(scratch, 'project');
    const claude = install('agent', `${scratch}/bin/claude`);
    const terminal = await openShell({ cwd: directory });
    terminal.type(claude);
    const pid = await programBelow(terminal.pid, 'claude', inFront);
    expect(await linesFor(terminal)).toEqual([
      expect.objectContaining({
        name: { text: 'project', base64: null },
        home: null,
        verdict: 'alive',
        pid,
        detached: false,
        foreground: true,
        state: 'S',
        command: { text: 'claude', base64: null },
        cwd: { text: directory, base64: null },
        terminal: expect.objectContaining({ name: terminal.name, index: terminal.index, dev: terminal.dev }),
      }),
    ]);
  });

  it('lists a shell at its prompt as itself', async () => {
    const terminal = await openShell({ cwd: makeScratch() });
    expect(await linesFor(terminal)).toMatchObject([{ pid: terminal.pid, command: { text: 'bash' } }]);
  });

  it('lists a pipeline by its leader', async () => {
    const scratch = makeScratch();
    const [first, second] = [install('agent', `${scratch}/bin/first`), install('agent', `${scratch}/bin/second`)];
    const terminal = await openShell({ cwd: scratch });
    terminal.type(`${first} | ${second}`);
    const pid = await programBelow(terminal.pid, 'first', inFront);
    await programBelow(terminal.pid, 'second', inFront);
    expect(await linesFor(terminal)).toMatchObject([{ pid, command: { text: 'first' } }]);
  });

  it('lists a pipeline whose leader has ended by its oldest member', async () => {
    const scratch = makeScratch();
    const [first, second] = [install('agent', `${scratch}/bin/first`), install('agent', `${scratch}/bin/second`)];
    const terminal = await openShell({ cwd: scratch });
    terminal.type(`true | ${first} | ${second}`);
    const isLed = (pgid: number) => processRow(pgid) !== null && processRow(pgid)?.state !== 'Z';
    const pid = await programBelow(terminal.pid, 'first', (row) => inFront(row) && !isLed(row.pgid));
    await programBelow(terminal.pid, 'second', inFront);
    expect(await linesFor(terminal)).toMatchObject([{ pid, command: { text: 'first' }, foreground: true }]);
  });

  it('lists the shell, not its job in the background', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const terminal = await openShell({ cwd: scratch });
    terminal.type(`${claude} &`);
    await programBelow(terminal.pid, 'claude', (row) => !inFront(row));
    await waitFor('the prompt', () => inFront(processRow(terminal.pid) ?? fail()));
    expect(await linesFor(terminal)).toMatchObject([{ pid: terminal.pid, foreground: true }]);
  });

  it('lists the shell after Ctrl-Z', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const terminal = await openShell({ cwd: scratch });
    terminal.type(claude);
    const pid = await programBelow(terminal.pid, 'claude', inFront);
    terminal.press('\x1a');
    await waitFor('the stop', () => processRow(pid)?.state === 'T' && inFront(processRow(terminal.pid) ?? fail()));
    expect(await linesFor(terminal)).toMatchObject([{ pid: terminal.pid, foreground: true }]);
  });

  it('lists a stopped process with its state while it holds the foreground', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const terminal = await openTerminal([claude], { cwd: scratch });
    globalThis.process.kill(terminal.pid, 'SIGSTOP');
    await waitFor('the stop', () => processRow(terminal.pid)?.state === 'T');
    expect(await linesFor(terminal)).toMatchObject([{ pid: terminal.pid, state: 'T', verdict: 'alive' }]);
  });

  it('lists two terminals under one label, each with its own process', async () => {
    const scratch = makeScratch();
    const [one, other] = makeDirectories(scratch, 'x/same', 'y/same');
    const claude = install('agent', `${scratch}/bin/claude`);
    const terminals = [await openTerminal([claude], { cwd: one }), await openTerminal([claude], { cwd: other })];
    const { sessions } = await observe();
    const same = sessions.filter((session) => session.cwd?.text.startsWith(scratch));
    expect(same.map((session) => session.name.text)).toEqual(['same', 'same']);
    expect(same.map((session) => session.pid)).toEqual(terminals.map((terminal) => terminal.pid));
  });

  it('lists the shell of a terminal whose foreground is its fork without a program', async () => {
    const scratch = makeScratch();
    const terminal = await openTerminal([compile('fork-in-front')], { cwd: scratch });
    const text = await waitFor('the fork', () => /\{.*\}/.exec(terminal.shown())?.[0]);
    const { parent, child } = JSON.parse(text) as { parent: number; child: number };
    expect(processRow(child)).toMatchObject({ tpgid: child, hasExecuted: false });
    expect(await linesFor(terminal)).toMatchObject([{ pid: parent, verdict: 'alive' }]);
  });

  it('lists a terminal on which nothing but a fork without a program is', async () => {
    makeScratch();
    const maker: ChildProcessWithoutNullStreams = spawn(compile('forked-terminal'));
    onTestFinished(() => void maker.stdin.end());
    const { pid, path } = await readFacts<{ pid: number; path: string }>(maker);
    expect(processRow(pid)?.hasExecuted).toBe(false);
    const terminal = { name: path.slice('/dev/'.length), dev: fs.statSync(path, { bigint: true }).dev };
    expect(await linesFor(terminal)).toMatchObject([{ pid, verdict: 'alive' }]);
  });

  describe('in tmux', () => {
    requires('tmux', 'setpriv');

    it('lists each pane, and neither the server nor what it shows', async () => {
      const scratch = makeScratch();
      const [one, other] = makeDirectories(scratch, 'one', 'other');
      const tmux = await startTmux(scratch);
      const panes = [tmux.openPane(one), tmux.openPane(other)];
      await Promise.all(panes.map((pane) => waitFor('its shell', () => processRow(pane.pid())?.comm === 'sh')));
      const { sessions } = await observe();
      const ours = sessions.filter((session) => session.cwd?.text.startsWith(scratch));
      expect(ours.map(({ name, pid, terminal }) => [name.text, pid, terminal?.name])).toEqual([
        ['one', panes[0]?.pid(), panes[0]?.terminal()],
        ['other', panes[1]?.pid(), panes[1]?.terminal()],
      ]);
    });
  });
});

function fail(): never {
  throw new Error('the shell has ended');
}
