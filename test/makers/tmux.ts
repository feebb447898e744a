import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

/** A tmux server of the test's own. */
export interface TmuxServer {
  /** Runs one tmux command and returns what it prints. */
  readonly run: (...command: string[]) => string;
  /** Opens a window with a shell; or with a program and at least one argument, which tmux runs without a shell. */
  readonly openPane: (cwd: string, program?: readonly string[]) => Pane;
}

/** One pane, as tmux tells it. */
export interface Pane {
  /** `%3`. */
  readonly id: string;
  /** Its first process now. */
  readonly pid: () => number;
  /** `pts/3`: another one after a respawn, where the old number is still taken. */
  readonly terminal: () => string;
  /** Types a line and Enter. */
  readonly type: (line: string) => void;
  /** Kills what is there and starts it again in the same pane. */
  readonly respawn: () => void;
}

/**
 * Starts a tmux server that knows nothing of the user's own: its own socket, no configuration.
 * It stays in the foreground, and dies when we die.
 */
export async function startTmux(scratch: string): Promise<TmuxServer> {
  const { TMUX: _outer, ...environment } = globalThis.process.env;
  const env = { ...environment, TMUX_TMPDIR: scratch, SHELL: '/bin/sh', ENV: '', PS1: '$ ' };
  const socket = ['-L', 'plumbline-test', '-f', '/dev/null'];
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'tmux', '-D', ...socket], { env, stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  const run = (...command: string[]) =>
    execFileSync('tmux', [...socket, ...command], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const uid = globalThis.process.getuid?.() ?? 0;
  await waitFor('the tmux server', () => fs.existsSync(`${scratch}/tmux-${uid}/plumbline-test`));
  return { run, openPane: (cwd, program) => openPane(run, cwd, program ?? []) };
}

function openPane(run: TmuxServer['run'], cwd: string, program: readonly string[]): Pane {
  const id = run('new-session', '-d', '-P', '-F', '#{pane_id}', '-c', cwd, ...program);
  const show = (format: string) => run('display-message', '-p', '-t', id, format);
  return {
    id,
    pid: () => Number(show('#{pane_pid}')),
    terminal: () => show('#{pane_tty}').slice('/dev/'.length),
    type: (line) => {
      run('send-keys', '-t', id, '-l', line);
      run('send-keys', '-t', id, 'Enter');
    },
    respawn: () => {
      run('respawn-pane', '-k', '-t', id);
    },
  };
}
