import fs from 'node:fs';

/** Whether this number is a process's that can still be signalled: one that has ended and waits for its parent is nobody. */
export function isThere(pid: number): boolean {
  const text = read(`/proc/${pid}/stat`);
  const state = text.slice(text.lastIndexOf(')') + 2)[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Which session's agent this process is, by its command line: `node PROGRAM NAME`; null where it is none. */
export function agentOf(pid: number, program: string): string | null {
  const [, file, name] = read(`/proc/${pid}/cmdline`).split('\0');
  return file === program && name ? name : null;
}

/** The number of this session's agent, wherever it runs: in a container too; null where there is none. */
export function agentPid(session: string, program: string): number | null {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => agentOf(pid, program) === session) ?? null;
}

/** How the kernel calls it. */
export function commOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    // There is no such process.
    return '';
  }
}
