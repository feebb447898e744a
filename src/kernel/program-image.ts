import { type Outcome, value } from '../model/outcome.ts';
import type { HeldProcess } from './procfs.ts';

/**
 * Tells one run of a program from the next one in the same process: exec(2) changes neither the process's number nor
 * its start, but the kernel lays out the memory anew, and the auxiliary vector holds the addresses. Two texts that are
 * equal are of one run; where the layout is not random (kernel.randomize_va_space=0, setarch -R), of the next as well.
 *
 * Source: /proc/<pid>/auxv, since Linux 2.6.0; getauxval(3)
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function readProgramImage(held: HeldProcess): Outcome<string> {
  const vector = held.read('auxv');
  return vector.kind === 'value' ? value(Buffer.from(vector.value).toString('latin1')) : vector;
}
