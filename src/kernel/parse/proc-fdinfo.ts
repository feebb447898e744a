import { ParseError } from '../../model/errors.ts';

/**
 * Reads on which mount an open file lies.
 *
 * Source: /proc/<pid>/fdinfo/<fd>, line mnt_id, proc_pid_fdinfo(5), since Linux 3.15
 * Shape:  the mount's ID, as in the first field of mountinfo
 * Units:  none
 * @throws {ParseError} where the line is missing
 */
export function parseMountId(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^mnt_id:\t(\d{1,10})$/m.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: '/proc/<pid>/fdinfo/<fd>', field: 'mnt_id', excerpt: text });
  return Number(digits);
}
