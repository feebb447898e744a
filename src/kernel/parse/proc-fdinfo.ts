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

/**
 * Reads of which terminal an open file is the master side.
 *
 * Source: /proc/<pid>/fdinfo/<fd>, line tty-index, since Linux 4.12
 * Shape:  N of pts/N, in the devpts instance of the master; null for every other file
 * Units:  none
 * @throws {ParseError} where the line is there, and is no number
 */
export function parseTtyIndex(bytes: Uint8Array): number | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const line = /^tty-index:(.*)$/m.exec(text)?.[1];
  if (line === undefined) return null;
  const digits = /^\t(\d{1,10})$/.exec(line)?.[1];
  if (digits === undefined)
    throw new ParseError({ source: '/proc/<pid>/fdinfo/<fd>', field: 'tty-index', excerpt: line });
  return Number(digits);
}
