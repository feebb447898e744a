import type { ByteString } from '../../model/text.ts';

/**
 * Splits a command line into its arguments.
 * The memory belongs to the program, which may write anything there: a program that sets its title leaves one string
 * without a final NUL, and the rest filled with NULs. So there is nothing that could be called damage.
 *
 * Source: /proc/<pid>/cmdline, proc_pid_cmdline(5), since Linux 1.0
 * Shape:  the arguments as bytes; empty for kernel threads and zombies
 * Units:  none
 */
export function parseProcCmdline(bytes: Uint8Array): ByteString[] {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  if (end === 0) return [];
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1').split('\0');
}
