import { ParseError } from '../../model/errors.ts';

/**
 * Reads how much of a process is in RAM. Its stat line says that as well, from counters that each processor keeps for
 * itself: on a large machine that is wrong by many megabytes, where newer kernels add them up for this file.
 *
 * Source: /proc/<pid>/statm, field 2, proc_pid_statm(5); exact since Linux 6.17
 * Shape:  one number; 0 for kernel threads and zombies
 * Units:  pages
 * @throws {ParseError} where it is no number
 */
export function parseResidentPages(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^\d{1,20} (\d{1,15}) /.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: '/proc/<pid>/statm', field: 'resident (2)', excerpt: text });
  return Number(digits);
}
