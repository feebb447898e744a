import type { Outcome } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import type { FileStat, HeldProcess } from './procfs.ts';

/** The descriptors that usually are the terminal; the others are asked only where none of these is. */
const STANDARD_FDS = ['0', '1', '2'];

/** How a terminal's node is called: of a process in a chroot, with the way to that in front. */
const TERMINAL_LINK = /^\/dev\/|\/dev\/(?:pts\/\d+|tty\d*|console)$/;

/**
 * Whether the link of a descriptor can lead to a terminal. No other is followed: it may lead to a file system that hangs.
 *
 * Source: /proc/<pid>/fd/<fd>
 * Needs:  nothing
 */
export function mayBeTerminal(link: ByteString): boolean {
  return TERMINAL_LINK.test(link);
}

/** A descriptor of a process that is open on its controlling terminal. */
export interface TerminalDescriptor {
  /** Below /proc/<pid>: `fd/0`. */
  readonly name: string;
  readonly stat: FileStat;
}

/**
 * Finds a descriptor by which a process has its controlling terminal open: the way to the terminal itself, in whichever
 * devpts instance it is.
 *
 * Source: /proc/<pid>/fd
 * Needs:  same uid or CAP_SYS_PTRACE; otherwise `denied`
 * @param prefix empty, or `task/<tid>/`, where the first thread has ended
 * @returns `unsupported` (ENOTTY) where none of its descriptors is the terminal
 */
export function findTerminalDescriptor(held: HeldProcess, ttyNr: number, prefix = ''): Outcome<TerminalDescriptor> {
  const device = BigInt(ttyNr >>> 0);
  const at = (fd: string): TerminalDescriptor | null => {
    const name = `${prefix}fd/${fd}`;
    const link = held.readlink(name);
    if (link.kind !== 'value' || !mayBeTerminal(link.value)) return null;
    const stat = held.stat(name);
    return stat.kind === 'value' && stat.value.rdev === device ? { name, stat: stat.value } : null;
  };
  for (const fd of STANDARD_FDS) {
    const found = at(fd);
    if (found) return { kind: 'value', value: found };
  }
  const fds = held.list(`${prefix}fd`);
  if (fds.kind !== 'value') return fds;
  for (const fd of fds.value) {
    const found = STANDARD_FDS.includes(fd) ? null : at(fd);
    if (found) return { kind: 'value', value: found };
  }
  return { kind: 'unsupported', errno: 'ENOTTY' };
}
