import { ParseError } from '../../model/errors.ts';

/**
 * Reads a file that holds one number.
 *
 * Source: files of /proc/sys, `/proc/sys/kernel/pid_max`, proc_sys_kernel(5)
 * Shape:  one number
 * Units:  the file's
 * @throws {ParseError} where it is not a number of at most 15 digits
 */
export function parseSingleNumber(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^(\d{1,15})\n?$/.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: '/proc/sys/…', field: 'number', excerpt: text });
  return Number(digits);
}
