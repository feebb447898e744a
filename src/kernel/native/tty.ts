import { endianness } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import type { TerminalMode } from '../../model/terminal.ts';
import { loadKoffi } from './koffi.ts';

/**
 * What a terminal's descriptor can be asked. The descriptor is the caller's own: a slave that it opened (with O_NOCTTY,
 * or a session leader without a terminal gets this one), or a master, its own or a copy of another's.
 */
export interface TtyCalls {
  /** The foreground process group. Of a master, or of our own controlling terminal; of another slave `unsupported` (ENOTTY). */
  foregroundGroup(fd: number): Outcome<number>;
  /** The session (its leader's pid) whose terminal it is. Of a master, or of our own controlling terminal. */
  session(fd: number): Outcome<number>;
  /**
   * Bytes that were typed and not read. Of a slave; of a master it counts what the program has shown and nobody fetched.
   * While the terminal hands over lines, an unfinished line does not count.
   */
  unread(fd: number): Outcome<number>;
  /** How the terminal treats what is typed; of a slave or its master. */
  mode(fd: number): Outcome<TerminalMode>;
  /** Throws away what was typed and not read. Of a slave; in the background of our own terminal too. */
  discardInput(fd: number): Outcome<null>;
  /** N of the `pts/N` that a master belongs to. */
  index(masterFd: number): Outcome<number>;
  /** Opens a master's slave, whatever the devpts instance, with open(2)'s flags: O_NOCTTY belongs among them. */
  openSlave(masterFd: number, flags: number): Outcome<number>;
}

/** The requests as x64, arm64 and all others with the generic numbers have them (asm-generic/ioctls.h). */
const TCGETS = 0x5401;
const TCFLSH = 0x540b;
const TIOCGPGRP = 0x540f;
const FIONREAD = 0x541b;
const TIOCGSID = 0x5429;
const TIOCGPTPEER = 0x5441;
const TIOCGPTN = 0x80045430;

const TCIFLUSH = 0;

const SIGTTOU = 22;
const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
/** sigset_t of the C libraries. */
const SIGSET_BYTES = 128;

/** struct termios of the kernel: four u32 (c_iflag, c_oflag, c_cflag, c_lflag), c_line, and c_cc[19]; 36 bytes. */
const TERMIOS_BYTES = 36;
const LFLAG_AT = 12;
const ISIG = 0x1;
const ICANON = 0x2;
const ECHO = 0x8;

/** Elsewhere (mips, powerpc, sparc) the numbers and the flags are others. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/**
 * Loads the calls that terminals answer.
 *
 * Source: ioctl_tty(2), termios(3); TIOCGPTPEER since Linux 4.13
 * Needs:  koffi; nothing more than the descriptor
 * @param architecture as Node names it; on another than x64 and arm64 every call is `unsupported` (ENOSYS)
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadTty(architecture: string = globalThis.process.arch): Promise<TtyCalls> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const isKnown = ARCHITECTURES.includes(architecture) && endianness() === 'LE';
  const withBuffer = libc.func('int ioctl(int fd, unsigned long request, void *argument)') as IoctlWithBuffer;
  const withNumber = libc.func('int ioctl(int fd, unsigned long request, long argument)') as IoctlWithNumber;
  const outcomeOf = (call: () => number): Outcome<number> => {
    if (!isKnown) return { kind: 'unsupported', errno: 'ENOSYS' };
    const result = call();
    return result < 0 ? missingFromErrno(getSystemErrorName(-koffi.errno())) : value(result);
  };
  const fill = <T>(fd: number, request: number, size: number, read: (filled: Buffer) => T): Outcome<T> => {
    const buffer = Buffer.alloc(size);
    const asked = outcomeOf(() => withBuffer(fd, request, buffer));
    return asked.kind === 'value' ? value(read(buffer)) : asked;
  };
  const mask = libc.func('int pthread_sigmask(int how, const void *set, void *old)') as SetMask;
  /** Whoever changes its own terminal from the background is stopped by SIGTTOU, unless that is blocked. */
  const withoutStop = <T>(call: () => T): T => {
    const [blocked, old] = [Buffer.alloc(SIGSET_BYTES), Buffer.alloc(SIGSET_BYTES)];
    blocked.writeUInt32LE(1 << (SIGTTOU - 1));
    mask(SIG_BLOCK, blocked, old);
    try {
      return call();
    } finally {
      mask(SIG_SETMASK, old, null);
    }
  };
  const readInt = (fd: number, request: number) => fill(fd, request, 4, (filled) => filled.readInt32LE());
  return {
    foregroundGroup: (fd) => readInt(fd, TIOCGPGRP),
    session: (fd) => readInt(fd, TIOCGSID),
    unread: (fd) => readInt(fd, FIONREAD),
    mode: (fd) => fill(fd, TCGETS, TERMIOS_BYTES, (filled) => modeOf(filled.readUInt32LE(LFLAG_AT))),
    discardInput: (fd) => {
      // errno is read inside of it: the call that takes the block away may set another one.
      const discarded = withoutStop(() => outcomeOf(() => withNumber(fd, TCFLSH, TCIFLUSH)));
      return discarded.kind === 'value' ? value(null) : discarded;
    },
    index: (masterFd) => readInt(masterFd, TIOCGPTN),
    openSlave: (masterFd, flags) => outcomeOf(() => withNumber(masterFd, TIOCGPTPEER, flags)),
  };
}

type IoctlWithBuffer = (fd: number, request: number, argument: Buffer) => number;
type SetMask = (how: number, set: Buffer, old: Buffer | null) => number;
type IoctlWithNumber = (fd: number, request: number, argument: number) => number;

function modeOf(localFlags: number): TerminalMode {
  return {
    canonical: (localFlags & ICANON) !== 0,
    echo: (localFlags & ECHO) !== 0,
    isig: (localFlags & ISIG) !== 0,
  };
}
