import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { compile } from './c-program.ts';
import { readFacts } from './json-facts.ts';
import { cwdOf, type ProcessRow, processRow, processTable } from './process-table.ts';
import { waitFor } from './wait-for.ts';

/** A terminal with a program on it. */
export interface Terminal {
  /** The program that was started on it: the session leader. */
  readonly pid: number;
  /** `pts/3`. */
  readonly name: string;
  /** The devpts instance and the number, as plumbline tells them. */
  readonly dev: bigint;
  readonly index: number;
  /** Types a line and Enter. */
  readonly type: (line: string) => void;
  /** Presses keys as they are: '\x1a' is Ctrl-Z. */
  readonly press: (keys: string) => void;
  /** What it has shown so far. */
  readonly shown: () => string;
  /** Closes the window: the kernel hangs up. */
  readonly hangUp: () => Promise<void>;
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Opens a terminal and runs a program on it, until the test has finished. */
export async function openTerminal(run: readonly string[], { cwd, env }: TerminalOptions): Promise<Terminal> {
  const maker = spawn(compile('terminal'), run, {
    cwd,
    env: { ...globalThis.process.env, TERM: 'dumb', ...env },
    stdio: 'pipe',
  });
  // What is typed after the end goes nowhere.
  maker.stdin.on('error', () => {});
  const hangUp = () => close(maker);
  onTestFinished(hangUp);
  const { pid, path } = await readFacts<{ pid: number; path: string }>(maker);
  let shown = '';
  maker.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString('utf8');
  });
  maker.stdout.resume();
  await waitFor(`${run[0]} on ${path}`, () => processRow(pid)?.hasExecuted);
  return {
    pid,
    name: path.slice('/dev/'.length),
    dev: fs.statSync(path, { bigint: true }).dev,
    index: Number(path.slice('/dev/pts/'.length)),
    type: (line) => maker.stdin.write(`${line}\n`),
    press: (keys) => maker.stdin.write(keys),
    shown: () => shown,
    hangUp,
  };
}

/** Opens a terminal with a shell at its prompt, where jobs can be controlled. */
export async function openShell(options: TerminalOptions): Promise<Terminal> {
  const env = { PS1: '$ ', ...options.env };
  const terminal = await openTerminal(['bash', '--norc', '--noprofile', '-i'], { ...options, env });
  await waitFor('the prompt', () => terminal.shown().includes('$ '));
  return terminal;
}

/** Waits until a program of this name runs below a process (on the same terminal or not), and returns it. */
export async function programBelow(
  ancestor: number,
  comm: string,
  condition: (row: ProcessRow) => boolean = () => true,
): Promise<number> {
  return waitFor(`${comm} below ${ancestor}`, () => {
    const rows = new Map(processTable().map((row) => [row.pid, row]));
    const isBelow = (row: ProcessRow): boolean => {
      const parent = rows.get(row.ppid);
      return row.ppid === ancestor || (parent !== undefined && parent.pid !== row.pid && isBelow(parent));
    };
    const wanted = (row: ProcessRow) => row.comm === comm && row.hasExecuted && isBelow(row) && condition(row);
    return [...rows.values()].find(wanted)?.pid;
  });
}

/** Waits until a program of this name works in a directory, whoever started it, and returns it. */
export async function programIn(directory: string, comm: string): Promise<number> {
  const wanted = (row: ProcessRow) => row.comm === comm && row.hasExecuted && cwdOf(row.pid) === directory;
  return waitFor(`${comm} in ${directory}`, () => processTable().find(wanted)?.pid);
}

/** In the foreground of its terminal. */
export function inFront(row: ProcessRow): boolean {
  return row.tpgid === row.pgid;
}

async function close(maker: ChildProcess): Promise<void> {
  if (maker.exitCode !== null || maker.signalCode !== null) return;
  const closed = new Promise((resolve) => maker.once('exit', resolve));
  maker.stdin?.end();
  maker.stdout?.resume();
  await closed;
}
