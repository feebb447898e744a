import { ParseError } from '../../model/errors.ts';
import type { Lock } from '../../model/lock.ts';
import { parseLockLine } from './proc-locks.ts';

const SOURCE = '/proc/<pid>/fdinfo/<fd>';

/**
 * Reads on which mount an open file lies.
 *
 * Source: /proc/<pid>/fdinfo/<fd>, line mnt_id, proc_pid_fdinfo(5), since Linux 3.15
 * Shape:  the mount's ID, as in the first field of mountinfo
 * Units:  none
 * @throws {ParseError} where the line is missing
 */
export function parseMountId(bytes: Uint8Array): number {
  const text = textOf(bytes);
  const digits = /^mnt_id:\t(\d{1,10})$/m.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: SOURCE, field: 'mnt_id', excerpt: text });
  return Number(digits);
}

/**
 * Reads the inode number of an open file.
 *
 * Source: /proc/<pid>/fdinfo/<fd>, line ino, proc_pid_fdinfo(5), since Linux 5.14
 * Shape:  the number that locks name; null from a kernel that does not tell it
 * Units:  none
 * @throws {ParseError} where the line is there, and is no number
 */
export function parseInode(bytes: Uint8Array): bigint | null {
  const line = /^ino:(.*)$/m.exec(textOf(bytes))?.[1];
  if (line === undefined) return null;
  const digits = /^\t(\d{1,20})$/.exec(line)?.[1];
  if (digits === undefined) throw new ParseError({ source: SOURCE, field: 'ino', excerpt: line });
  return BigInt(digits);
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
  const line = /^tty-index:(.*)$/m.exec(textOf(bytes))?.[1];
  if (line === undefined) return null;
  const digits = /^\t(\d{1,10})$/.exec(line)?.[1];
  if (digits === undefined) throw new ParseError({ source: SOURCE, field: 'tty-index', excerpt: line });
  return Number(digits);
}

/**
 * Reads the locks that go with an open file: every process that shares it has them, whoever made them.
 * A lock of fcntl(2)'s old kind stands there as well, and belongs to the one process that made it.
 *
 * Source: /proc/<pid>/fdinfo/<fd>, lines lock, proc_pid_fdinfo(5), since Linux 4.2
 * Shape:  locks in the order of the file; none for most files. A pid is null where the namespace has nobody of it
 * Units:  as in /proc/locks
 * @throws {ParseError} where such a line is none of a lock
 */
export function parseFdLocks(bytes: Uint8Array): Lock[] {
  const locks: Lock[] = [];
  // Most open files have none, and whoever looks for locks reads the text of all of them.
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('lock:\t')) return locks;
  for (const [index, line] of textOf(bytes).split('\n').entries()) {
    if (line.startsWith('lock:\t')) locks.push(parseLockLine(line.slice('lock:\t'.length), SOURCE, index + 1));
  }
  return locks;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** O_CLOEXEC: the same on every architecture that Node runs on. */
const CLOSED_BY_EXEC = 0o2000000;

/**
 * Reads whether an open file is closed when its process starts another program.
 *
 * Source: /proc/<pid>/fdinfo/<fd>, line flags in octal, proc_pid_fdinfo(5); with the close-on-exec flag since Linux 3.1
 * Shape:  true where it is closed
 * Units:  none
 * @throws {ParseError} where the line is missing
 */
export function isClosedByExec(bytes: Uint8Array): boolean {
  const text = textOf(bytes);
  const digits = /^flags:\t([0-7]{1,11})$/m.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: SOURCE, field: 'flags', excerpt: text });
  return (Number.parseInt(digits, 8) & CLOSED_BY_EXEC) !== 0;
}
