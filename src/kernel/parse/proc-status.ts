import { ParseError } from '../../model/errors.ts';

/**
 * Reads which thread group a number belongs to: /proc/<n> can be opened for every thread, and only where both numbers
 * are equal it is a process.
 *
 * Source: /proc/<pid>/status, line Tgid, proc_pid_status(5), since Linux 2.6; the name above it is escaped there
 * Shape:  one number
 * Units:  a pid, as the procfs's pid namespace counts
 * @throws {ParseError} where the line is missing
 */
export function parseTgid(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^Tgid:\t(\d{1,10})$/m.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: '/proc/<pid>/status', field: 'Tgid', excerpt: text });
  return Number(digits);
}

/**
 * Reads which numbers a process has, from our pid namespace down to its own.
 *
 * Source: /proc/<pid>/status, line NSpid, proc_pid_status(5), since Linux 4.1
 * Shape:  one number a namespace, ours first; one alone for a process of our namespace
 * Units:  pids
 * @throws {ParseError} where the line is missing
 */
export function parseNamespacePids(bytes: Uint8Array): number[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const numbers = /^NSpid:((?:\t\d{1,10})+)$/m.exec(text)?.[1];
  if (numbers === undefined) throw new ParseError({ source: '/proc/<pid>/status', field: 'NSpid', excerpt: text });
  return numbers.trim().split('\t').map(Number);
}

/**
 * Reads what a process may do beyond its user.
 *
 * Source: /proc/<pid>/status, line CapEff, proc_pid_status(5), since Linux 2.6
 * Shape:  a bit for each capability of capabilities(7): CAP_SYS_PTRACE is bit 19
 * Units:  none
 * @throws {ParseError} where the line is missing
 */
export function parseCapabilities(bytes: Uint8Array): bigint {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^CapEff:\t([0-9a-f]{1,16})$/m.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: '/proc/<pid>/status', field: 'CapEff', excerpt: text });
  return BigInt(`0x${digits}`);
}

/**
 * Reads who has started a process: the real user and group. A program that is set-group-ID, as screen is, has another
 * effective group, which is nobody's to be given away.
 *
 * Source: /proc/<pid>/status, lines Uid and Gid (real, effective, saved, file system), proc_pid_status(5), since Linux 2.6
 * Shape:  the first number of each line
 * Units:  ids in the reader's user namespace; 65534 for one that has none there
 * @throws {ParseError} where a line is missing
 */
export function parseRealIds(bytes: Uint8Array): { readonly uid: number; readonly gid: number } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const idOf = (field: 'Uid' | 'Gid') => {
    const digits = new RegExp(`^${field}:\t(\\d{1,10})\t`, 'm').exec(text)?.[1];
    if (digits === undefined) throw new ParseError({ source: '/proc/<pid>/status', field, excerpt: text });
    return Number(digits);
  };
  return { uid: idOf('Uid'), gid: idOf('Gid') };
}

/**
 * Reads whose a process is: who has started it, and whose rights it has now, which differ in a set-user-ID program.
 *
 * Source: /proc/<pid>/status, line Uid (real, effective, saved, file system), proc_pid_status(5), since Linux 2.6
 * Shape:  the first two numbers of the line
 * Units:  ids in the reader's user namespace; 65534 for one that has none there
 * @throws {ParseError} where the line is missing
 */
export function parseUserIds(bytes: Uint8Array): { readonly real: number; readonly effective: number } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const [, real, effective] = /^Uid:\t(\d{1,10})\t(\d{1,10})\t/m.exec(text) ?? [];
  if (real === undefined) throw new ParseError({ source: '/proc/<pid>/status', field: 'Uid', excerpt: text });
  return { real: Number(real), effective: Number(effective) };
}

/**
 * Reads as which user a process opens files and sockets.
 *
 * Source: /proc/<pid>/status, line Uid, its fourth number (file system), proc_pid_status(5)
 * Shape:  one number
 * Units:  an id in the reader's user namespace; 65534 for one that has none there
 * @throws {ParseError} where the line is missing
 */
export function parseFileSystemUid(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^Uid:(?:\t\d{1,10}){3}\t(\d{1,10})$/m.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: '/proc/<pid>/status', field: 'Uid', excerpt: text });
  return Number(digits);
}
