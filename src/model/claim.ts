import type { Text } from './text.ts';

/** A process that has claimed a session: it shares the lock on the session's home. */
export interface ClaimHolder {
  /** Null where the kernel names nobody of our pid namespace. */
  readonly pid: number | null;
  /** What its program is called; null where that could not be seen. */
  readonly command: Text | null;
  /**
   * Whether the lock was seen among its open files. Else the pid is of who made the lock, which may have ended since,
   * and be another process's by now.
   */
  readonly verified: boolean;
}
