import type { Outcome } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import { parseProcStat } from './parse/proc-stat.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

/**
 * Reads what a process is now, by its number.
 *
 * Source: /proc/<pid>/stat
 * Needs:  nothing; under hidepid the process's own user
 */
export function readStat(procfs: Procfs, pid: number): Outcome<ProcessStat> {
  return parseOutcome(procfs.readStat(pid), parseProcStat);
}

/** The same of a process that is held: `gone` proves that it has been reaped. */
export function readHeldStat(held: HeldProcess): Outcome<ProcessStat> {
  return parseOutcome(held.read('stat'), parseProcStat);
}
