import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { processRow, processTable } from './process-table.ts';
import { programIn } from './terminal.ts';
import { waitFor } from './wait-for.ts';
import { startWatcher, type Watcher } from './watcher.ts';

/** A network of its own: a bridge in a namespace, where a server can listen and hosts are plugged in. */
export interface FakeNetwork {
  /** The server's address. */
  readonly address: string;
  /** The command that leads into it. */
  readonly inside: readonly string[];
  /** Plugs a new host in. */
  readonly addHost: (name: string) => Promise<FakeHost>;
}

/** A machine of its own as far as pids, mounts, its name and its network go. Its first process is its power supply. */
export interface FakeHost {
  readonly name: string;
  /** Runs a command in it, to its end. */
  readonly run: (...command: readonly string[]) => string;
  /** Starts a program on a terminal of its own in this directory; its pid, as we see it and as it is there. */
  readonly startAgent: (
    program: string,
    directory: string,
  ) => Promise<{ readonly pid: number; readonly inner: number }>;
  /** Starts `plumb sync --watch` in it. */
  readonly watch: (command: readonly [string, ...string[]], env: Readonly<Record<string, string>>) => Watcher;
  /** Pulls the cable, at the switch; plugs it in again. */
  readonly cut: () => void;
  readonly heal: () => void;
  /** SIGKILL to all that runs there, at once. */
  readonly kill: () => void;
}

const SUBNET = '10.77.0';

/** Makes a network; it goes away with the test, since it lives in the namespace of a process of its own. */
export async function makeNetwork(): Promise<FakeNetwork> {
  const { pid } = await holdNamespaces(['-n'], (child) => child);
  const inside = ['nsenter', '-t', String(pid), '-n'];
  const ip = (...words: readonly string[]) => run([...inside, 'ip', ...words]);
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'switch', 'type', 'bridge');
  ip('addr', 'add', `${SUBNET}.1/24`, 'dev', 'switch');
  ip('link', 'set', 'switch', 'up');
  let hosts = 0;
  return {
    address: `${SUBNET}.1`,
    inside,
    addHost: async (name) => {
      const isolation = ['-n', '-m', '-u', '-pf', '--mount-proc', '--kill-child', '--propagation', 'private'];
      const first = await holdNamespaces(isolation, firstBelow);
      const host = new NamespaceHost(name, first.pid, ip);
      ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(first.pid));
      ip('link', 'set', name, 'master', 'switch', 'up');
      host.run('hostname', name);
      host.run('ip', 'addr', 'add', `${SUBNET}.${10 + ++hosts}/24`, 'dev', 'eth0');
      host.run('ip', 'link', 'set', 'eth0', 'up');
      return host;
    },
  };
}

class NamespaceHost implements FakeHost {
  readonly name: string;
  readonly #first: number;
  readonly #ip: (...words: readonly string[]) => string;
  readonly #inside: readonly [string, ...string[]];

  constructor(name: string, first: number, ip: (...words: readonly string[]) => string) {
    this.name = name;
    this.#first = first;
    this.#ip = ip;
    this.#inside = ['nsenter', '-t', String(first), '-n', '-m', '-u', '-p'];
  }

  run(...command: readonly string[]): string {
    return run([...this.#inside, ...command]);
  }

  async startAgent(program: string, directory: string): Promise<{ readonly pid: number; readonly inner: number }> {
    const script = ['script', '-qc', `cd ${directory}; exec ${program}`, '/dev/null'];
    const [file, ...argv] = [...this.#inside, ...script];
    // Its stdin stays open: the terminal would hang up at its end.
    const child = spawn(file ?? '', argv, { stdio: ['pipe', 'ignore', 'ignore'] });
    endWithTest(child);
    const pid = await programIn(directory, program.slice(program.lastIndexOf('/') + 1));
    const inner = /^NSpid:.*\s(\d+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { pid, inner: Number(inner) };
  }

  watch(command: readonly [string, ...string[]], env: Readonly<Record<string, string>>): Watcher {
    const watcher = startWatcher([...this.#inside, ...command], { cwd: '/', env });
    // What runs in here holds its output open until this host ends: so that comes first.
    onTestFinished(() => this.kill());
    return watcher;
  }

  cut(): void {
    this.#ip('link', 'set', this.name, 'down');
  }

  heal(): void {
    this.#ip('link', 'set', this.name, 'up');
  }

  kill(): void {
    if (processRow(this.#first)) globalThis.process.kill(this.#first, 'SIGKILL');
  }
}

/** Starts a process that keeps new namespaces, and waits until it is in them. */
async function holdNamespaces(
  flags: readonly string[],
  find: (child: number) => number | undefined,
): Promise<{ readonly pid: number }> {
  const child = spawn('unshare', [...flags, 'sleep', '600'], { stdio: 'ignore' });
  endWithTest(child);
  return waitFor('the namespaces', () => {
    const pid = find(child.pid ?? 0);
    return pid !== undefined && processRow(pid)?.comm === 'sleep' && { pid };
  });
}

function firstBelow(parent: number): number | undefined {
  return processTable().find(({ ppid }) => ppid === parent)?.pid;
}

function endWithTest(child: ChildProcess): void {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
}

function run([file = '', ...argv]: readonly string[]): string {
  return execFileSync(file, argv, { encoding: 'utf8', timeout: 20_000 }).trim();
}
