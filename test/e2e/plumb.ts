import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as pty from '@lydell/node-pty';
import { finished, type Ran } from '../makers/child-output.ts';
import { killMarked } from '../makers/leftovers.ts';

/** The built command: `npm run build` comes first. */
export const PLUMB = path.join(import.meta.dirname, '../../dist/plumb.cjs');

/** Stands in the environment of all sessions. */
const MARK = 'PLUMBLINE_TEST_FLEET';

/** A directory of our own with sessions in real terminals, and the command to ask about them. */
export class Fleet {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-e2e-'));
  /** A program that is nobody else's, so that what runs on this machine besides does not matter: comm has 15 bytes. */
  readonly command = `plumb${process.pid}`;
  readonly #terminals: pty.IPty[] = [];
  #states = 0;

  constructor() {
    fs.chmodSync(this.directory, 0o755);
    fs.mkdirSync(this.path('agents'));
    fs.copyFileSync('/bin/sleep', this.path(this.command));
    fs.chmodSync(this.path(this.command), 0o755);
  }

  path(...parts: readonly string[]): string {
    return path.join(this.directory, ...parts);
  }

  /** A place for another embedded registry, for the environment of `plumb`. */
  ownState(): Readonly<Record<string, string>> {
    return { XDG_STATE_HOME: this.path(`state-${++this.#states}`) };
  }

  /** Creates a home. */
  home(name: string): string {
    const home = this.path('agents', name);
    fs.mkdirSync(home, { recursive: true });
    return home;
  }

  /** Starts a session on a terminal of its own, and returns its pid once it runs the program. */
  async start(
    cwd: string,
    program = this.path(this.command),
    args: readonly string[] = ['1000'],
    user?: number,
  ): Promise<number> {
    const other = user === undefined ? {} : { uid: user, gid: user };
    const env = { PATH: '/bin:/usr/bin', [MARK]: this.directory };
    const terminal = pty.spawn(program, [...args], { cwd, env, ...other });
    this.#terminals.push(terminal);
    const file = fs.realpathSync(program);
    await until(() => fs.readlinkSync(`/proc/${terminal.pid}/exe`) === file);
    return terminal.pid;
  }

  /** The flags that say what these sessions are. */
  get flags(): string[] {
    return ['--home', this.path('agents/*'), '--command', this.command];
  }

  /** Runs plumb with its output piped. */
  plumb(args: readonly string[], { env = {}, cwd = this.directory, user }: Surroundings = {}): Promise<Ran> {
    const child = spawn(process.execPath, [PLUMB, ...args], {
      cwd,
      env: { ...this.#env(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(user !== undefined && { uid: user, gid: user }),
    });
    return finished(child);
  }

  /** Runs a line of the shell in which `plumb` is the command. */
  shell(line: string): Promise<Ran> {
    const script = `set -o pipefail; plumb() { "${process.execPath}" "${PLUMB}" "$@"; }; ${line}`;
    return finished(spawn('bash', ['-c', script], { cwd: this.directory, env: this.#env(), stdio: 'pipe' }));
  }

  /** Runs plumb on a terminal; stdout and stderr are one there. */
  plumbOnTerminal(args: readonly string[], { columns = 200, env = {} }: TerminalSurroundings = {}): Promise<Ran> {
    const terminal = pty.spawn(process.execPath, [PLUMB, ...args], {
      cwd: this.directory,
      cols: columns,
      rows: 50,
      env: { ...this.#env(), TERM: 'xterm', ...env },
    });
    let stdout = '';
    terminal.onData((data) => {
      stdout += data;
    });
    return new Promise((resolve) => {
      terminal.onExit(({ exitCode }) =>
        resolve({ code: exitCode, stdout: stdout.replaceAll('\r\n', '\n'), stderr: '' }),
      );
    });
  }

  /** Waits until that is so. */
  async until(isTrue: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 100; tries++) if (await isTrue()) return;
    throw new Error('it did not become true');
  }

  /** Ends everything that was started here, and what has left its terminal since. */
  async end(): Promise<void> {
    for (const terminal of this.#terminals) terminal.kill('SIGKILL');
    await killMarked(`${MARK}=${this.directory}`);
    fs.rmSync(this.directory, { recursive: true });
  }

  /** A command that is ended with the fleet, whoever starts it. */
  marked(...command: readonly string[]): string[] {
    return ['env', `${MARK}=${this.directory}`, ...command];
  }

  /** Nothing of the machine's own configuration: an empty file stands for it. */
  #env(): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.directory, PLUMBLINE_CONFIG: '/dev/null' };
  }
}

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another user and group, by number: for root only. */
  readonly user?: number;
}

interface TerminalSurroundings {
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not become true in 5 s');
}
