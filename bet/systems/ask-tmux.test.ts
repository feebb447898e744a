import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { requires } from '../../test/makers/requires.ts';
import { startTmux } from '../../test/makers/tmux.ts';
import { waitFor } from '../../test/makers/wait-for.ts';
import { askTmux } from './ask-tmux.ts';

requires('tmux');

it('knows the number of a session that is started in a pane, and says that it does not where something else has started it', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pl-bet-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const tmux = await startTmux(directory, { socket: ['-L', 'bet-a'] });
  const open = (session: string, ...launcher: readonly string[]) => {
    const program = [...launcher, process.execPath, '-e', 'setInterval(() => {}, 1000)'];
    const shown = tmux.run('new-session', '-d', '-P', '-F', '#{pane_id} #{pane_pid}', '-s', session, ...program);
    const [id = '', pid] = shown.split(' ');
    tmux.run('set-option', '-p', '-t', id, '@session', session);
    return { pane: { server: 'bet-a', id }, pid: Number(pid) };
  };
  const ada = open('ada');
  const bob = open('bob', 'timeout', '--foreground', '600');
  const [host, sessions] = ['h', ['ada', 'bob', 'cy']];
  const ask = askTmux({ tmux: { directory, sockets: ['bet-a'] }, host, sessions });
  const answers = async () => Object.fromEntries(await ask(new AbortController().signal));
  const [named, processUnknown] = [{ host, pid: ada.pid }, 'timeout is in front in its pane'];
  await waitFor('both to be there', async () => {
    const { ada: one, bob: other } = await answers();
    return JSON.stringify([one, other]).includes(String(ada.pid)) && JSON.stringify(other).includes('timeout');
  });
  expect(await answers()).toEqual({
    ada: { status: 'alive', process: named, pane: ada.pane },
    bob: { status: 'alive', process: null, processUnknown, pane: bob.pane },
    cy: { status: 'dead' },
  });
});
