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
  /** All links of a directory, such as `fd`, each with its name and where it leads; without those that go meanwhile. */
  links(name: string): Outcome<readonly Link[]>;
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
export type Link = readonly [name: ByteString, target: ByteString];

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
  /** One file outside the process directories: `stat`, `uptime`, `sys/kernel/random/boot_id`. */
  read(name: string): Outcome<Uint8Array>;
  /** One link: `self`, `self/ns/pid`. */
  readlink(name: string): Outcome<ByteString>;
  /** /proc/<pid>/stat by path: enough where one file is all that is asked, since a file is of one process. */
  readStat(pid: number): Outcome<Uint8Array>;
  /**
   * All links of a directory of a process, such as `fd`, by path: enough to find out who has to be looked at. What was
   * found is read again through a held process, or it may be two processes' one after the other.
   */
  links(pid: number, name: string): Outcome<readonly Link[]>;
  /** Holds a process; close it. */
  open(pid: number): Outcome<HeldProcess>;
  /** kill(pid, 0): whether a process of this number exists in our pid namespace, hidden or not. */
  exists(pid: number): boolean;
}

/** The links of a directory, one question each. */
export function linksOneByOne(held: Pick<HeldProcess, 'list' | 'readlink'>, name: string): Outcome<readonly Link[]> {
  const names = held.list(name);
  if (names.kind !== 'value') return names;
  const links: Link[] = [];
  for (const each of names.value) {
    const target = held.readlink(`${name}/${each}`);
    if (target.kind === 'value') links.push([each, target.value]);
    // A descriptor that is closed, or too long to be told, does not hide the others.
    else if (target.kind === 'denied') return target;
  }
  return value(links);
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
