import type { LockFact, LockParty } from './lock.ts';
import type { Joined, SessionTag } from './session-tag.ts';

/**
 * That locks wait for each other. `number` is the circle's, from 1. `certain`: nobody in it has a thread left that could
 * let go. `possible`: another thread of one of the processes, another holder of an open file that is shared, or somebody
 * who was not seen may let go.
 */
export interface WaitCycle {
  readonly number: number;
  readonly deadlock: 'certain' | 'possible';
}

/** A process behind a lock, and the session that it counts to. */
export interface JoinedParty extends LockParty {
  readonly tag: SessionTag | null;
}

/** A lock or a waiter, as the relation of locks tells it. */
export interface LockEntry extends Joined {
  /** Its number in this answer, from 1. */
  readonly id: number;
  readonly fact: LockFact;
  readonly parties: readonly JoinedParty[];
  /** The number of the row that it stands behind. */
  readonly waitsFor: number | null;
  /** Who has to let go before it gets its turn: who waits in front of it, and who has the lock. */
  readonly blockers: readonly LockParty[];
  /** How many wait behind it. */
  readonly blocked: number;
  readonly cycle: WaitCycle | null;
}
