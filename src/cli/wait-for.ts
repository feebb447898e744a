import type { Settings } from '../config/settings.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import type { WireObject } from '../relations/wire.ts';

/** What came in time, in each way of writing. */
interface Happened {
  readonly outcome: 'exited' | 'idle' | 'output';
  readonly wire: WireObject;
  readonly tsv: string;
  /** One sentence. */
  readonly line: string;
}

/** It has not come in time. */
interface NotInTime {
  readonly outcome: 'timeout';
  /** What was there instead, in a sentence; null where there is nothing to say. */
  readonly instead: string | null;
}

/** One thing that `plumb wait` can wait for. */
export interface WaitFor {
  /** Refuses settings that say too little of what a session is. */
  readonly check: (settings: Settings) => void;
  /**
   * @param timeoutMs null: for ever
   * @returns what came, that it did not come in time, or why it cannot be waited for
   */
  readonly wait: (
    session: Session,
    settings: Settings,
    timeoutMs: number | null,
  ) => Promise<Happened | NotInTime | Refusal>;
}
