import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { processTable } from '../../test/makers/process-table.ts';
import { waitFor } from '../../test/makers/wait-for.ts';

/** Its terminals are its own, and its first process reaps whoever has lost a parent. */
const FIRST = `hostname "$1"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts /dev/pts
mount --bind /dev/pts/ptmx /dev/ptmx
echo made
while :; do sleep 3600; done`;

const ISOLATION = ['--fork', '--pid', '--mount', '--uts', '--mount-proc', '--kill-child', '--propagation', 'private'];

/** A program that runs in a host until it is ended. */
export interface Resident {
  /** Its number, as we count. */
  readonly pid: number;
  readonly child: ChildProcess;
  /** SIGKILL, or what is said, to the program itself. */
  readonly signal: (signal: 'SIGKILL' | 'SIGTERM') => void;
  readonly ended: Promise<void>;
}

/** A machine of its own as far as pids, /proc, mounts, terminals and its name go. */
export class Host {
  readonly name: string;
  /** The command that leads into it. */
  readonly inside: readonly string[];

  private constructor(name: string, first: number) {
    this.name = name;
    this.inside = ['nsenter', '-t', String(first), '-m', '-u', '-p'];
  }

  static async start(name: string): Promise<Host> {
    const child = spawn('unshare', [...ISOLATION, 'sh', '-ec', FIRST, 'first', name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve).once('close', resolve));
    const first = processTable().find(({ ppid }) => ppid === child.pid);
    if (!first) throw new Error(`the host ${name} could not be made`);
    return new Host(name, first.pid);
  }

  /** Starts a program in it. */
  async start(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    stdio: StdioOptions = 'ignore',
  ): Promise<Resident> {
    const [file = '', ...argv] = [...this.inside, ...command];
    const child = spawn(file, argv, { env, stdio, cwd: '/' });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    // Who enters a pid namespace has to fork: the program is the child of what leads there.
    const { pid } = await waitFor(`${command[0]} on ${this.name}`, () => {
      if (child.exitCode !== null) throw new Error(`${command.join(' ')} on ${this.name} has ended at once`);
      return processTable().find(({ ppid, hasExecuted }) => ppid === child.pid && hasExecuted);
    });
    return { pid, child, ended, signal: (signal) => globalThis.process.kill(pid, signal) };
  }

  /** Runs a command in it to its end. */
  async run(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const [file = '', ...argv] = [...this.inside, ...command];
    const child = spawn(file, argv, { env, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      texts.stdout += data;
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      texts.stderr += data;
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, ...texts };
  }
}
