import { ParseError } from '../../model/errors.ts';

/**
 * Reads how long a thread has run. Ticks of stat are blind to a program that runs for a tenth of a millisecond and
 * sleeps again, which is what a spinner does.
 *
 * Source: /proc/<pid>/task/<tid>/schedstat field 1, Documentation/scheduler/sched-stats.rst, since Linux 2.6.23
 * Shape:  one number, which only grows
 * Units:  nanoseconds on a CPU
 * @throws {ParseError} where it is not a number
 */
export function parseRunNs(bytes: Uint8Array): bigint {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^(\d{1,20}) \d+ \d+\n?$/.exec(text)?.[1];
  if (digits === undefined) {
    throw new ParseError({ source: '/proc/<pid>/task/<tid>/schedstat', field: 'run time (1)', excerpt: text });
  }
  return BigInt(digits);
}
