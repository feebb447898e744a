import { ParseError } from '../../model/errors.ts';
import { parseWaitStatus, type WaitStatus } from './wait-status.ts';

const SOURCE = '/proc/<pid>/stat';

/**
 * Reads how a zombie has ended from its stat line.
 *
 * Source: /proc/<pid>/stat field 52, proc_pid_stat(5), since Linux 3.5
 * Shape:  how it ended; exit code 0 for whoever may not trace the process, so ask that first
 * Units:  none
 * @throws {ParseError} where the line has no such field, or it is no end
 */
export function parseStatExit(bytes: Uint8Array): WaitStatus {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  // The name may hold anything, so the fields are counted from its end.
  const word =
    text
      .slice(text.lastIndexOf(')') + 2)
      .trimEnd()
      .split(' ')[52 - 3] ?? '';
  if (!/^\d{1,5}$/.test(word)) throw new ParseError({ source: SOURCE, field: 'exit_code (52)', excerpt: text });
  return parseWaitStatus(Number(word));
}
