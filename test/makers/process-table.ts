import fs from 'node:fs';

/** What these tests need to know of a process before they ask plumbline: read by path, not by the code under test. */
export interface ProcessRow {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly ttyNr: number;
  readonly tpgid: number;
  /** It has started a program of its own since it was forked. */
  readonly hasExecuted: boolean;
  readonly threadCount: number;
}

const PF_FORKNOEXEC = 0x40;

/** One process, or null where it is gone. */
export function processRow(pid: number): ProcessRow | null {
  let text: string;
  try {
    text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const close = text.lastIndexOf(')');
  const [state = '', ...numbers] = text.slice(close + 2).split(' ');
  const field = (number: number) => Number(numbers[number - 4]);
  return {
    pid,
    comm: text.slice(text.indexOf('(') + 1, close),
    state,
    ppid: field(4),
    pgid: field(5),
    sid: field(6),
    ttyNr: field(7),
    tpgid: field(8),
    hasExecuted: (field(9) & PF_FORKNOEXEC) === 0,
    threadCount: field(20),
  };
}

/** Every process that can be seen. */
export function processTable(): ProcessRow[] {
  return allPids()
    .map(processRow)
    .filter((row) => row !== null);
}

/** The number of every process that can be seen. */
export function allPids(): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Lives, or at least waits to be reaped. */
export function isThere(pid: number): boolean {
  return processRow(pid) !== null;
}

/** Has ended: gone, or a zombie without a living thread. */
export function hasEnded(pid: number): boolean {
  const row = processRow(pid);
  return row === null || (row.state === 'Z' && row.threadCount < 2);
}

/** Where a process works, as the kernel prints it; null where that cannot be read. */
export function cwdOf(pid: number): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
