import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { promisify } from 'node:util';
import * as pty from '@lydell/node-pty';
import { waitFor } from '../../test/makers/wait-for.ts';

const run = promisify(execFile);

/** A pane that was opened, and the first process in it. */
export interface OpenedPane {
  readonly id: string;
  readonly pid: number;
}

/** One tmux server of a run, with a client in a terminal of its own; it is killed and started again on the same socket. */
export class BetServer {
  readonly socket: string;
  readonly #env: NodeJS.ProcessEnv;
  #server: ChildProcess | null = null;
  #client: pty.IPty | null = null;

  /** @param directory TMUX_TMPDIR */
  constructor(socket: string, directory: string) {
    this.socket = socket;
    const { TMUX: _outer, TMUX_PANE: _pane, ...environment } = process.env;
    this.#env = { ...environment, TMUX_TMPDIR: directory, SHELL: '/bin/sh', ENV: '', PS1: '$ ', TERM: 'xterm' };
  }

  get isUp(): boolean {
    return this.#server !== null;
  }

  async start(): Promise<void> {
    // It leaves its socket behind, which must not be taken for the new one's.
    fs.rmSync(`${this.#env['TMUX_TMPDIR']}/tmux-${process.getuid?.() ?? 0}/${this.socket}`, { force: true });
    // It stays in the foreground: it is our child, and its end is told to us.
    const words = ['--pdeathsig', 'KILL', 'tmux', '-L', this.socket, '-f', '/dev/null', '-D'];
    const server = spawn('setpriv', words, { env: this.#env, cwd: '/', stdio: 'ignore' });
    await waitFor(`tmux -L ${this.socket}`, async () => {
      if (server.exitCode !== null) throw new Error(`tmux -L ${this.socket} ended with ${server.exitCode}`);
      return (await this.tmux('list-sessions').catch(() => null)) !== null;
    });
    this.#server = server;
    await this.tmux('set-option', '-g', 'exit-empty', 'off');
    // A shell that is nobody's session: the first pane of every server, %0.
    await this.tmux('new-session', '-d', '-s', this.socket, '-x', '120', '-y', '40', '-c', '/', '/bin/sh', '-i');
    await this.attachClient();
  }

  /** Ends it as a crash would: every terminal that it had hangs up. Resolves when the kernel says that it has ended. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === null) throw new Error(`tmux -L ${this.socket} does not run`);
    this.#server = null;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  /** Runs one command of tmux, and returns what it prints. */
  async tmux(...words: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.socket, ...words], { env: this.#env, cwd: '/', timeout: 20_000 });
    return stdout.trim();
  }

  /** Opens a window and runs a program in it, without a shell; its pane is labelled as the session's. */
  async openPane(session: string, cwd: string, program: readonly string[]): Promise<OpenedPane> {
    const shown = ['-P', '-F', '#{pane_id} #{pane_pid}'];
    const [id = '', pid] = (
      await this.tmux('new-window', '-d', '-t', `${this.socket}:`, ...shown, '-c', cwd, ...program)
    ).split(' ');
    await this.tmux('set-option', '-p', '-t', id, '@session', session);
    return { id, pid: Number(pid) };
  }

  /** Kills what is in a pane, and runs a program in it again. */
  async respawn(pane: string, cwd: string, program: readonly string[]): Promise<void> {
    await this.tmux('respawn-pane', '-k', '-t', pane, '-c', cwd, ...program);
  }

  /** How many clients are attached, as the server says. */
  async clients(): Promise<number> {
    return (await this.tmux('list-clients', '-F', '#{client_pid}')).split('\n').filter(Boolean).length;
  }

  /** Opens a terminal of our own, and attaches in it. */
  async attachClient(): Promise<void> {
    const options = { name: 'xterm', cols: 120, rows: 40, cwd: '/', env: this.#env };
    const client = pty.spawn('tmux', ['-L', this.socket, 'attach-session', '-t', this.socket], options);
    client.onData(() => {});
    this.#client = client;
    await waitFor(`a client of ${this.socket}`, async () => (await this.clients()) > 0);
  }

  /** Takes its terminal away, as a window that is closed does. */
  async detachClient(): Promise<void> {
    this.#client?.kill('SIGHUP');
    this.#client = null;
    await waitFor(`no client of ${this.socket}`, async () => (await this.clients()) === 0);
  }
}
