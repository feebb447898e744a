import { value } from '../model/outcome.ts';
import type { ProcessFacts } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import { parseProcCmdline } from './parse/proc-cmdline.ts';
import { readHeldStat } from './process-stat.ts';
import type { Procfs } from './procfs.ts';

/** What is known of a process by the program that it runs. */
export type ProgramFacts = Pick<ProcessFacts, 'stat' | 'argv' | 'exe'>;

/**
 * Reads what a process runs now.
 *
 * Source: /proc/<pid>/stat, cmdline, exe
 * Needs:  same uid or CAP_SYS_PTRACE for exe; otherwise that is denied
 * @returns null where it cannot be read, or has ended
 */
export function readProgram(procfs: Procfs, pid: number): ProgramFacts | null {
  const opened = procfs.open(pid);
  if (opened.kind !== 'value') return null;
  const held = opened.value;
  try {
    const path = held.readlink('exe');
    const exe = path.kind === 'value' ? value({ path: path.value, file: null }) : path;
    const argv = parseOutcome(held.read('cmdline'), parseProcCmdline);
    const stat = readHeldStat(held);
    return stat.kind === 'value' ? { stat: stat.value, argv, exe } : null;
  } finally {
    held.close();
  }
}
