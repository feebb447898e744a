import fs from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import { parseOutcome } from '../attempt.ts';
import { PIDFD_INFO_BYTES, PIDFD_INFO_EXIT, parsePidfdExit } from '../parse/pidfd-info.ts';
import type { WaitStatus } from '../parse/wait-status.ts';
import { loadKoffi } from './koffi.ts';

/** A process, held by a pidfd: what is done through it is done to this process or to none. */
export interface Pidfd {
  readonly fd: number;
  /** Sends a signal to the process as a whole. `gone` (ESRCH) where it has ended. */
  send(signal: number): Outcome<null>;
  /** A copy of one of its descriptors, close-on-exec. Needs the right to trace it (PTRACE_MODE_ATTACH). */
  takeFd(number: number): Outcome<number>;
  /**
   * How the process has ended, which the kernel keeps for those who held it when it was reaped; null before that.
   * `gone` (ESRCH) on Linux 6.13 and 6.14, `unsupported` (ENOTTY, EINVAL) before them.
   */
  exitStatus(): Outcome<WaitStatus | null>;
  close(): void;
}

/** The system calls that make and use pidfds; the numbers are the same on every architecture. */
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_GETFD = 438;
/** _IOWR(PIDFS_IOCTL_MAGIC, 11, struct pidfd_info) */
const PIDFD_GET_INFO = 0xc000ff0b + PIDFD_INFO_BYTES * 0x10000;

/** Holds processes. */
export interface Pidfds {
  /** `gone` where there is no such process, or the number is a thread's; `unsupported` (ENOSYS) before Linux 5.3. */
  open(pid: number): Outcome<Pidfd>;
}

/**
 * Loads what holds processes by pidfds.
 *
 * Source: pidfd_open(2), since Linux 5.3; pidfd_send_signal(2), 5.1; pidfd_getfd(2), 5.6; ioctl_pidfd(2), 6.15
 * Needs:  koffi; nothing to open one; for signals what kill(2) needs; for descriptors the right to trace the process
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadPidfds(): Promise<Pidfds> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, void *argument)') as (
    fd: number,
    request: number,
    argument: Buffer,
  ) => number;
  const askExit = (fd: number): Outcome<Uint8Array> => {
    const info = Buffer.from(new BigUint64Array(PIDFD_INFO_BYTES / 8).fill(BigInt(PIDFD_INFO_EXIT), 0, 1).buffer);
    if (ioctl(fd, PIDFD_GET_INFO, info) === 0) return value(info);
    return missingFromErrno(getSystemErrorName(-koffi.errno()));
  };
  const syscall = libc.func('long syscall(long number, long a, long b, long c, long d)') as (
    ...given: readonly number[]
  ) => number;
  const call = (number: number, ...given: readonly number[]): Outcome<number> => {
    const [a = 0, b = 0, c = 0, d = 0] = given;
    const result = Number(syscall(number, a, b, c, d));
    return result < 0 ? missingFromErrno(getSystemErrorName(-koffi.errno())) : value(result);
  };
  return {
    open: (pid) => {
      const opened = call(SYS_PIDFD_OPEN, pid);
      // What newer kernels tell by ENOENT: the number is a thread's, or its process is just being reaped.
      if (opened.kind === 'unsupported' && opened.errno === 'EINVAL') return { kind: 'gone', errno: 'EINVAL' };
      if (opened.kind !== 'value') return opened;
      const fd = opened.value;
      return value({
        fd,
        send: (signal) => {
          const sent = call(SYS_PIDFD_SEND_SIGNAL, fd, signal);
          return sent.kind === 'value' ? value(null) : sent;
        },
        takeFd: (number) => call(SYS_PIDFD_GETFD, fd, number),
        exitStatus: () => parseOutcome(askExit(fd), parsePidfdExit),
        close: () => fs.closeSync(fd),
      });
    },
  };
}
