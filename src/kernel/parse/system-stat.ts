import { ParseError } from '../../model/errors.ts';

/**
 * Reads how many tasks were ever created: two equal readings prove that none was born in between.
 *
 * Source: /proc/stat, line `processes`, proc_stat(5), since Linux 2.4; threads count too
 * Shape:  one number
 * Units:  forks since boot, over all namespaces
 * @throws {ParseError} where the line is missing
 */
export function parseForkCount(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^processes (\d{1,15})$/m.exec(text)?.[1];
  if (digits === undefined) {
    throw new ParseError({ source: '/proc/stat', field: 'processes', excerpt: text.slice(-80) });
  }
  return Number(digits);
}
