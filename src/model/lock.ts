import type { FileId, ProcessFacts } from './process.ts';

/** What made a lock: fcntl(2), flock(2), or a lease. */
export type LockKind = 'POSIX' | 'OFDLCK' | 'ACCESS' | 'FLOCK' | 'LEASE' | 'DELEG' | 'UNKNOWN';

/** One lock as the kernel tells it, held or waited for. */
export interface Lock {
  /** The kernel's number for the line: those who wait have the number of the lock that they wait for. */
  readonly id: number;
  /** True for one that is not held yet: it waits for the lock of the same number. */
  readonly waits: boolean;
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
