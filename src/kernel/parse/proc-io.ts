import { ParseError } from '../../model/errors.ts';

/**
 * Reads how much a process has read: files, pipes, terminals, and sockets that it reads with read(2). What it takes
 * from a socket with recv(2) is not counted by the kernel.
 *
 * Source: /proc/<pid>/io, line rchar, proc_pid_io(5), since Linux 2.6.20
 * Shape:  one number, of all its threads, ended ones too; it only grows
 * Units:  bytes
 * @throws {ParseError} where the line is missing
 */
export function parseReadBytes(bytes: Uint8Array): bigint {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^rchar: (\d{1,20})$/m.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: '/proc/<pid>/io', field: 'rchar', excerpt: text });
  return BigInt(digits);
}
