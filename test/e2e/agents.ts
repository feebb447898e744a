import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';
import type { Fleet } from './plumb.ts';

/** A process without a terminal, once it runs its program. */
export async function spawned(file: string, args: readonly string[], cwd: string): Promise<number> {
  const child = spawn(file, args, { cwd, stdio: 'ignore', detached: true });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const { pid = 0 } = child;
  await waitFor(`${file}`, () => fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(file));
  return pid;
}

/** A process that has ended and been reaped: nobody has its number now. */
export async function ended(): Promise<number> {
  const child = spawn('true', { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

/** An agent in a pane that has been moved to another window: where it was, and where it is. */
export async function agentInMovedPane(fleet: Fleet, home: string) {
  const tmux = await startTmux(fleet.directory);
  const pane = tmux.openPane(home, [fleet.path(fleet.command), '1000']);
  const address = () =>
    tmux.run('display-message', '-p', '-t', pane.id, '#{session_name}:#{window_index}.#{pane_index}');
  const before = address();
  tmux.run('split-window', '-d', '-t', pane.id, 'sleep', '1000');
  tmux.run('break-pane', '-d', '-s', pane.id);
  const pid = pane.pid();
  await waitFor('the agent', () =>
    fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(fleet.path(fleet.command)),
  );
  return { pid, terminal: pane.terminal(), before, now: address() };
}

/** The terminal that a process has on its standard input. */
export function terminalOf(pid: number): string {
  return fs.readlinkSync(`/proc/${pid}/fd/0`).replace('/dev/', '');
}
