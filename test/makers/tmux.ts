import { execFileSync, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { processTable } from './process-table.ts';
import { waitFor } from './wait-for.ts';

/** A tmux server of the test's own. */
export interface TmuxServer {
  /** The server's process, as we count it. */
  readonly pid: () => number;
  /** Ends it as a crash would, and waits for that. */
  readonly kill: () => Promise<void>;
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

/** How a server is started and reached. */
export interface TmuxOptions {
  /** Default: `-L plumbline-test`. */
  readonly socket?: readonly string[];
  /** The command that leads the server to where it runs. */
  readonly through?: readonly string[];
  /** How its socket is reached from here, where that is otherwise: by the server's process. */
  readonly reach?: (server: number) => string;
  readonly cwd?: string;
}

/**
 * Starts a tmux server that knows nothing of the user's own: its own socket, no configuration.
 * It stays in the foreground, and dies when we die.
 */
export async function startTmux(scratch: string, options: TmuxOptions = {}): Promise<TmuxServer> {
  const { socket = ['-L', 'plumbline-test'], through = [], reach, cwd = scratch } = options;
  const { TMUX: _outer, ...environment } = globalThis.process.env;
  const env = { ...environment, TMUX_TMPDIR: scratch, SHELL: '/bin/sh', ENV: '', PS1: '$ ' };
  const start = ['--pdeathsig', 'KILL', ...through, 'tmux', ...socket, '-f', '/dev/null', '-D'];
  const server = spawn('setpriv', start, { env, cwd, stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const pid = () => (through.length > 0 ? serverBelow(server.pid ?? 0) : (server.pid ?? 0));
  const kill = async () => {
    const own = server.exitCode === null && server.signalCode === null ? pid() : null;
    if (own !== null && own !== server.pid) globalThis.process.kill(own, 'SIGKILL');
    else server.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const run = (...words: string[]) => {
    const argv = [...(reach ? ['-S', reach(pid())] : socket), ...words];
    return execFileSync('tmux', argv, { env, cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  };
  await waitFor('the tmux server', () => {
    try {
      return run('list-sessions', '-F', 'there') === '';
    } catch {
      // Not yet.
      return false;
    }
  });
  return { run, pid, kill, openPane: (directory, program) => openPane(run, directory, program ?? []) };
}

/** The process itself, or the one below it where the command that leads there stays. */
function serverBelow(pid: number): number {
  return processTable().find((row) => row.ppid === pid && row.comm.startsWith('tmux'))?.pid ?? pid;
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
