import { ParseError } from '../../model/errors.ts';

const SOURCE = '/proc/<pid>/stat';
const FIRST = 14;
const FIELDS = ['utime', 'stime', 'cutime', 'cstime'] as const;

/**
 * Reads the CPU time of a process from its stat line: its own, with the threads that have ended, and that of the
 * children that it has waited for. Each is rounded down, and none ever goes back.
 *
 * Source: /proc/<pid>/stat fields 14 to 17, proc_pid_stat(5)
 * Shape:  utime, stime, cutime, cstime
 * Units:  clock ticks, 10 ms each
 * @throws {ParseError} where one of them is no number
 */
export function parseStatCpu(bytes: Uint8Array): bigint[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  // The name may hold anything, so the fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return FIELDS.map((field, index) => {
    const word = fields[FIRST - 3 + index] ?? '';
    if (/^-?\d{1,20}$/.test(word)) return BigInt(word);
    throw new ParseError({ source: SOURCE, field: `${field} (${FIRST + index})`, excerpt: text });
  });
}
