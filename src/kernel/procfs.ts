import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';

/** What stat(2) tells of a file, as far as plumbline compares it. */
export interface FileStat {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Links; 0 for a directory that was removed while somebody stood in it. */
  readonly nlink: bigint;
  /** The device that a device node stands for, as the kernel encodes it in tty_nr. */
  readonly rdev: bigint;
  readonly isDirectory: boolean;
  /** When a character device was last read and written; null for all else, and where a scene does not say. */
  readonly used: { readonly readAt: Date; readonly writtenAt: Date } | null;
}

/** One listing of /proc, with the kernel's own count beside it. */
export interface PidListing {
  readonly pids: readonly number[];
  /** Directories in /proc that are no processes. */
  readonly staticDirectories: number;
  /** Links of /proc itself, read right after: 2, a link a static directory, and one for every process there is. */
  readonly nlink: number;
}

/**
 * A process, held by its directory: every answer is of this incarnation, or ESRCH.
 *
 * Names are paths below /proc/<pid>: `stat`, `cwd`, `cwd/..`, `fd/0`, `ns/mnt`.
 */
export interface HeldProcess {
  /** The whole file, however long. The bytes are valid until the next read. */
  read(name: string): Outcome<Uint8Array>;
  /** The link's text: never follows it, so it cannot hang on a dead file system. */
  readlink(name: string): Outcome<ByteString>;
  /** Follows links. Can hang where the link leads to a file system that does not answer. */
  stat(name: string): Outcome<FileStat>;
  list(name: string): Outcome<readonly ByteString[]>;
  /**
   * The user whose rights it has (the effective one), for less than its status costs. Of one that has been reaped it is
   * root: it counts only where something that is read afterwards is a value, as in a bracket.
   */
  owner(): Outcome<number>;
  /**
   * Holds what a link leads to, so that all that is asked of it is of one file even if the process moves on. On most
   * file systems this asks no server.
   */
  hold(name: string): Outcome<HeldFile>;
  /** The descriptor that holds the directory, for a helper that asks in our stead; null in a recorded scene. */
  readonly fd: number | null;
  close(): void;
}

/** A link's name, and the text of it. */
export type Link = readonly [name: string, target: ByteString];

/** The links in a directory of a process that lead to something of a kind. */
export interface ProcessLinks {
  /** Without those that went meanwhile. */
  readonly links: Outcome<readonly Link[]>;
  /**
   * Its stat line, read after them all: what is still there to be read proves that all are of one process. Null where
   * there are links, and none of that kind.
   */
  readonly stat: Uint8Array | null;
}

/** A file or directory, held where it is. */
export interface HeldFile {
  /** The mount that it lies on; one that no mount table has is detached (unmounted while in use). */
  mountId(): Outcome<number>;
  /** The file itself, or the directory so many levels above it. Can hang where its file system does not answer. */
  stat(levelsUp: number): Outcome<FileStat>;
  close(): void;
}

/**
 * The one door to /proc. Live, or a recorded scene; the root is an argument, and nothing else opens /proc.
 */
export interface Procfs {
  /** Our own pid, as our pid namespace counts. */
  readonly selfPid: number;
  /** Where it is mounted, for calls that Node lacks; null where it has to be asked through here: in a recorded scene. */
  readonly root: string | null;
  /** Names and number of processes. */
  list(): Outcome<PidListing>;
  /**
   * One file outside the process directories: `stat`, `uptime`, `sys/kernel/random/boot_id`.
   * @param firstBytes how much is asked for first: of a file that comes in pieces, where the others end hangs on it
   */
  read(name: string, firstBytes?: number): Outcome<Uint8Array>;
  /** One link: `self`, `self/ns/pid`. */
  readlink(name: string): Outcome<ByteString>;
  /** /proc/<pid>/stat by path: enough where one file is all that is asked, since a file is of one process. */
  readStat(pid: number): Outcome<Uint8Array>;
  /** Where the links in a directory of a process lead, such as `fd` or `task/7/fd`, if that begins with `prefix`. */
  links(pid: number, directory: string, prefix: string): Outcome<ProcessLinks>;
  /** Holds a process; close it. */
  open(pid: number): Outcome<HeldProcess>;
  /**
   * Holds a process while it is read by its number, which costs a third less than the way through the held directory.
   * The last read goes through that directory, and fails where the process has been reaped: until then its number is
   * nobody else's. So where the answer is a value, everything in it is of one incarnation.
   */
  bracket<T>(pid: number, read: (files: HeldProcess) => T): Outcome<Bracketed<T>>;
  /** kill(pid, 0): whether a process of this number exists in our pid namespace, hidden or not. */
  exists(pid: number): boolean;
}

/** What was read of one process, and its stat line right after. The bytes are valid until the next read. */
export interface Bracketed<T> {
  readonly facts: T;
  readonly stat: Uint8Array;
}

/** The same through the held directory alone, where there is no shorter way. */
export function bracketHeld<T>(
  procfs: Pick<Procfs, 'open'>,
  pid: number,
  read: (files: HeldProcess) => T,
): Outcome<Bracketed<T>> {
  const opened = procfs.open(pid);
  if (opened.kind !== 'value') return opened;
  const held = opened.value;
  try {
    const facts = read(held);
    const stat = held.read('stat');
    return stat.kind === 'value' ? { kind: 'value', value: { facts, stat: stat.value } } : stat;
  } finally {
    held.close();
  }
}

/** The links in a directory of a process, one question each. */
export function linksOneByOne(procfs: Procfs, pid: number, directory: string, prefix: string): Outcome<ProcessLinks> {
  return withProcess(procfs, pid, (held): Outcome<ProcessLinks> => {
    const names = held.list(directory);
    const links: Link[] = [];
    let denied: Outcome<never> | null = null;
    for (const name of names.kind === 'value' ? names.value : []) {
      const target = held.readlink(`${directory}/${name}`);
      if (target.kind === 'denied') denied = target;
      if (target.kind === 'value' && target.value.startsWith(prefix)) links.push([name, target.value]);
    }
    const found = denied ?? (names.kind === 'value' ? value(links) : names);
    const isOther = names.kind === 'value' && names.value.length > 0 && denied === null && links.length === 0;
    if (isOther) return value({ links: found, stat: null });
    const stat = held.read('stat');
    return stat.kind === 'value' ? value({ links: found, stat: stat.value }) : stat;
  });
}

/** Holds a process for as long as something is read of it. */
export function withProcess<T>(procfs: Procfs, pid: number, read: (held: HeldProcess) => Outcome<T>): Outcome<T> {
  const opened = procfs.open(pid);
  if (opened.kind !== 'value') return opened;
  try {
    return read(opened.value);
  } finally {
    opened.value.close();
  }
}
