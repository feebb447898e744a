import { ParseError } from '../../model/errors.ts';
import { parseWaitStatus, type WaitStatus } from './wait-status.ts';

/** The size of the first version of the struct, which every kernel that has the call takes. */
export const PIDFD_INFO_BYTES = 64;

/** Asks how it exited. */
export const PIDFD_INFO_EXIT = 0x8;

const EXIT_CODE_AT = 60;
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Reads how a process has ended from what ioctl(2) wrote.
 *
 * Source: struct pidfd_info of ioctl(PIDFD_GET_INFO), include/uapi/linux/pidfd.h; exit_code since Linux 6.15
 * Shape:  how the process as a whole has ended; null before it has been reaped, when the kernel does not tell
 * Units:  none
 * @throws {ParseError} where the struct is shorter than its first version, or the number is no end
 */
export function parsePidfdExit(bytes: Uint8Array): WaitStatus | null {
  if (bytes.length < PIDFD_INFO_BYTES) {
    const excerpt = Buffer.from(bytes).toString('hex');
    throw new ParseError({ source: 'ioctl(PIDFD_GET_INFO)', field: 'exit_code', excerpt });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const told = view.getBigUint64(0, IS_LITTLE_ENDIAN);
  return (told & BigInt(PIDFD_INFO_EXIT)) === 0n
    ? null
    : parseWaitStatus(view.getInt32(EXIT_CODE_AT, IS_LITTLE_ENDIAN));
}
