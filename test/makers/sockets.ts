import { execFileSync, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { type CProgram, compile } from './c-program.ts';
import { readFacts } from './json-facts.ts';

/** A command that runs another one in a network namespace of its own, with loopback and nothing else. */
export function inNetNamespace(...command: string[]): string[] {
  return ['unshare', '-n', 'sh', '-ec', 'ip link set lo up; exec "$@"', 'sh', ...command];
}

/**
 * Starts a program that has sockets, in a network namespace of its own, until the test has finished.
 * @returns its pid
 */
export async function startSockets(program: CProgram, ...args: string[]): Promise<number> {
  const [unshare = '', ...argv] = inNetNamespace(compile(program), ...args);
  const maker = spawn(unshare, argv, { stdio: 'pipe' });
  const ended = new Promise((resolve) => maker.once('close', resolve));
  onTestFinished(async () => {
    maker.kill('SIGKILL');
    await ended;
  });
  return (await readFacts<{ pid: number }>(maker)).pid;
}

/** What a command prints in the network namespace of a process. */
export function printedInNamespaceOf(pid: number, ...command: string[]): string {
  return execFileSync('nsenter', ['-n', '-t', String(pid), ...command], { encoding: 'latin1', maxBuffer: 1 << 26 });
}
