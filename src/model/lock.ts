import type { FileId, ProcessFacts, ProcessStat } from './process.ts';
import type { ByteString } from './text.ts';

/** What made a lock: fcntl(2), flock(2), or a lease. */
export type LockKind = 'POSIX' | 'OFDLCK' | 'ACCESS' | 'FLOCK' | 'LEASE' | 'DELEG' | 'UNKNOWN';

/** One lock as the kernel tells it, held or waited for. */
export interface Lock {
  /** The kernel's number for the line: those who wait have the number of the lock that they wait for. */
  readonly id: number;
  /** True for one that is not held yet: it waits for the lock of the same number. */
  readonly waits: boolean;
  /** 0 for a lock that is held; how many stand in front of one that waits, one behind the other. */
  readonly depth: number;
  readonly kind: LockKind;
  /** `ADVISORY`; for a lease `ACTIVE`, `BREAKING` or `BREAKER`; `*NOINODE*` for a file that is gone. */
  readonly status: string;
  /** `READ`, `WRITE` or `UNLCK`; of a mandatory lock as old kernels had it `RW` or `NONE`. */
  readonly mode: string;
  /**
   * Who has it, as the reading pid namespace counts: null where that is nobody (a lock of an open file) or nobody
   * there. Of a FLOCK it is who called flock(2), which may have ended while others hold on, and be another's by now.
   */
  readonly pid: number | null;
  /**
   * The file. Its device is the file system's own, which stat(2) does not always tell (btrfs); null where the kernel
   * names none.
   */
  readonly file: FileId | null;
  /** The first byte that is locked. */
  readonly startByte: bigint;
  /** The last one; null to the end of the file, however far that moves. */
  readonly endByte: bigint | null;
}

/** A process that shares the open file which a flock(2) belongs to, and so the lock. */
export interface FlockHolder {
  readonly pid: number;
  /** Whether it is the one that called flock(2): the others have inherited the descriptor. */
  readonly isCaller: boolean;
  /** What its program can be named by. */
  readonly facts: Pick<ProcessFacts, 'stat' | 'argv' | 'exe'>;
}

/**
 * Who has a flock(2) on one file. `none`: nobody. `held`: these processes. `unverified`: somebody, and no process that
 * may be looked into shares it; the pid is of who called flock(2), and may be another's by now. `unknown`: too little
 * could be seen to say whether anybody has.
 */
export type FlockReport =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly holders: readonly FlockHolder[] }
  | { readonly kind: 'unverified'; readonly callerPid: number | null }
  | { readonly kind: 'unknown'; readonly why: string };

/** A process that has a lock, or waits for one. */
export interface LockParty {
  readonly stat: ProcessStat;
  /** By which descriptor; null where that was not seen, and for a lock that goes with none. */
  readonly fd: number | null;
}

/**
 * How well the holders of a lock are known. `all`: these and nobody else. `part`: there may be more, since some processes
 * may not be looked into, or it was seen with its maker alone. `alike`: they have this lock and others between them that
 * the kernel tells in the same words. `among`: of a waiter: it is one of these, and the others wait for other locks of the
 * file. `none`: somebody has it, and nobody was seen with it.
 */
export type PartiesSeen = 'all' | 'part' | 'alike' | 'among' | 'none';

/** One lock, held or waited for, with the processes behind it. */
export interface LockFact {
  readonly lock: Lock;
  /** What it waits for: the lock, or another that waits for the same one; null for one that is held. */
  readonly behind: LockFact | null;
  /** Who has it, or who waits. */
  readonly parties: readonly LockParty[];
  readonly seen: PartiesSeen;
  /** The file as a party's descriptor names it; null where none was seen. */
  readonly path: ByteString | null;
  /** Of one that waits: whether it still stood there when all else had been read. */
  readonly isSteady: boolean;
}
