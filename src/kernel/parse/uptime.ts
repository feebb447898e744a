import { ParseError } from '../../model/errors.ts';

/**
 * Reads the age of the boot, for turning start times into times of day.
 *
 * Source: /proc/uptime, first field, proc_uptime(5), since Linux 1.0
 * Shape:  one number
 * Units:  seconds since boot, in the reader's time namespace, to 10 ms
 * @throws {ParseError} where it is not a number
 */
export function parseUptime(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const seconds = /^(\d{1,12}\.\d+) /.exec(text)?.[1];
  if (seconds === undefined) throw new ParseError({ source: '/proc/uptime', field: 'uptime', excerpt: text });
  return Number(seconds);
}
