import { ParseError } from '../../model/errors.ts';
import type { ProcessTimes } from '../../model/process-entry.ts';

const SOURCE = '/proc/<pid>/stat';
const UTIME = 14;
const STIME = 15;

/**
 * Reads what a process has used of the processors from its stat line.
 *
 * Source: /proc/<pid>/stat fields 14 and 15, proc_pid_stat(5)
 * Shape:  utime and stime, of all its threads, those that have ended too
 * Units:  clock ticks of 10 ms each, rounded down
 * @throws {ParseError} where one of them is no number, or none that a double holds
 */
export function parseStatTimes(bytes: Uint8Array): ProcessTimes {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  // The name may hold anything, so the fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', STIME - 1);
  const at = (number: number, field: string) => {
    const word = fields[number - 3] ?? '';
    if (/^\d{1,15}$/.test(word)) return Number(word);
    throw new ParseError({ source: SOURCE, field: `${field} (${number})`, excerpt: text });
  };
  return { userTicks: at(UTIME, 'utime'), systemTicks: at(STIME, 'stime') };
}
