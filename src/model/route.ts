import type { RefusalReason } from './refusal.ts';
import type { Session } from './session.ts';

/** What choosing a session needs to know of what it is doing. */
export interface Idleness {
  readonly state: 'busy' | 'idle' | 'waiting_for_input' | 'stopped' | 'unknown';
  /** For how long it has been doing nothing; null where that is not known. */
  readonly idleSeconds: number | null;
  /** One sentence: how that is known. */
  readonly reason: string;
}

/** A session that was looked at for a task, and what became of it. */
export interface Considered {
  readonly session: Session;
  /** Null where it did not come to that: something else had ruled it out. */
  readonly activity: Idleness | null;
  /** Null for the one that was taken; `filtered` where it is not what was asked for; `later` where others came first. */
  readonly passedOver: RefusalReason | 'filtered' | 'later' | null;
  /** One sentence: why. */
  readonly message: string;
}
