import { ParseError } from '../../model/errors.ts';

/**
 * Reads how many threads run now, or could if there were processors for them; the reader is one of them.
 *
 * Source: /proc/loadavg, fourth field before the slash, proc_loadavg(5)
 * Shape:  one number
 * Units:  threads of the machine
 * @throws {ParseError} where it is not a number
 */
export function parseRunnable(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const runnable = /^(?:\d+\.\d+ ){3}(\d{1,9})\/\d/.exec(text)?.[1];
  if (runnable === undefined) throw new ParseError({ source: '/proc/loadavg', field: 'runnable', excerpt: text });
  return Number(runnable);
}
