import { ParseError } from '../../model/errors.ts';
import type { ProcessTimes } from '../../model/process-entry.ts';

const SOURCE = '/proc/<pid>/stat';
const UTIME = 14;
const SPACE = 0x20;
const CLOSE = 0x29;
/** A number of so many digits is one that a double holds. */
const SAFE_DIGITS = 15;

/**
 * Reads what a process has used of the processors from its stat line.
 *
 * Source: /proc/<pid>/stat fields 14 and 15, proc_pid_stat(5)
 * Shape:  utime and stime, of all its threads, those that have ended too
 * Units:  clock ticks of 10 ms each, rounded down
 * @throws {ParseError} where one of them is no number, or none that a double holds
 */
export function parseStatTimes(bytes: Uint8Array): ProcessTimes {
  // The name may hold anything, so the fields are counted from its end.
  let at = bytes.lastIndexOf(CLOSE) + 2;
  for (let field = 3; field < UTIME; field++) at = bytes.indexOf(SPACE, at) + 1 || bytes.length;
  const end = bytes.indexOf(SPACE, at);
  return { userTicks: numberAt(bytes, at, 'utime (14)'), systemTicks: numberAt(bytes, end + 1, 'stime (15)') };
}

function numberAt(bytes: Uint8Array, start: number, field: string): number {
  let number = 0;
  let at = start;
  for (let byte = bytes[at]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = bytes[++at]) {
    number = number * 10 + (byte - 0x30);
  }
  if (start > 0 && at > start && at - start <= SAFE_DIGITS && bytes[at] === SPACE) return number;
  const excerpt = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  throw new ParseError({ source: SOURCE, field, excerpt });
}
