import type { Outcome } from './outcome.ts';
import type { Terminal, TerminalTimes } from './terminal.ts';
import type { ByteString } from './text.ts';

/** The kernel's clock ticks in a second (USER_HZ), in which it tells times: 100 on every architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** comm holds this many bytes of a program's name. */
export const COMM_BYTES = 15;

/** The process's flags that matter here, from field 9 of stat (include/linux/sched.h). */
export const PF = {
  /** Being torn down: it will never run user code again. */
  EXITING: 0x4,
  /** A fork that has not called exec yet: a bit-for-bit double of its parent. */
  FORKNOEXEC: 0x40,
  /** A kernel thread. */
  KTHREAD: 0x200000,
} as const;

/**
 * An index to one incarnation of a process, not proof: a pid can come back within one clock tick, so two facts are
 * paired only by reading them through one held directory.
 */
export interface ProcessKey {
  readonly bootId: string;
  readonly pid: number;
  /** Clock ticks since boot, as seen from our time namespace. */
  readonly startTimeTicks: bigint;
}

/** One reading of /proc/<pid>/stat: all fields are of one moment. Names as in proc_pid_stat(5). */
export interface ProcessStat {
  readonly pid: number;
  /** The name, at most 15 bytes, chosen by the program itself: it can hold any byte but NUL. */
  readonly comm: ByteString;
  /** One letter: R S D T t Z X I … */
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** The controlling terminal's device number; 0 is none. */
  readonly ttyNr: number;
  /** The terminal's foreground process group; ≤ 0 means that it is unknown, not that there is none. */
  readonly tpgid: number;
  readonly flags: number;
  readonly threadCount: number;
  readonly startTimeTicks: bigint;
}

/** A file or directory as the kernel compares it. */
export interface FileId {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** A process's working directory. */
export interface WorkingDirectory {
  /**
   * What readlink printed, byte by byte: a container's own path, and ` (deleted)` may be part of a name. Null for a
   * path of 4096 bytes and more, which the kernel does not print.
   */
  readonly path: ByteString | null;
  /** The directory, then its ancestors, up to the first home or to the root; empty where it cannot be in a home. */
  readonly chain: readonly FileId[];
  /** The directory has no name left: its link count is 0. */
  readonly deleted: boolean;
  /** The chain ends before the root, without a home: a home further up cannot be ruled out. */
  readonly cut: boolean;
}

/** The program that a process runs. */
export interface Executable {
  readonly path: ByteString;
  /** Null where nobody asked, and where its file system may not answer. */
  readonly file: FileId | null;
}

/** What was read of one process through one held directory: every fact is of the same incarnation. */
export interface ProcessFacts {
  readonly stat: ProcessStat;
  readonly argv: Outcome<readonly ByteString[]>;
  readonly exe: Outcome<Executable>;
  /** Null where nobody asked: the program's name cannot make it a session. */
  readonly cwd: Outcome<WorkingDirectory> | null;
  readonly terminal: Terminal | null;
  /** When its terminal was used; null where that was not seen. */
  readonly terminalTimes: TerminalTimes | null;
  /** Its number in each pid namespace from ours to its own; null where nobody asked. */
  readonly namespacePids: Outcome<readonly number[]> | null;
  /** Where its standard input leads; null where nobody asked. */
  readonly stdin: Outcome<ByteString> | null;
  /** Whether the leader of its process group still exists; `unknown` where that cannot be seen. */
  readonly groupLeader: 'present' | 'gone' | 'unknown';
}

/** Two files are the same exactly when the kernel says so. */
export function sameFile(a: FileId, b: FileId): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** True where the process still has a thread that can run: a zombie leader's threads live on. */
export function isLive(stat: ProcessStat): boolean {
  const ended = stat.state === 'Z' || stat.state === 'X' || stat.state === 'x';
  return !ended || stat.threadCount > 1;
}

/** True where the process has ended or is being torn down: it will never run its program again. */
export function isEnding(stat: ProcessStat): boolean {
  return !isLive(stat) || (stat.threadCount < 2 && (stat.flags & PF.EXITING) !== 0);
}
