import type { Milliseconds, NamedProcess, PaneName, Truth } from './model.ts';

/** What the harness knows, since it makes and kills the processes itself. */
export interface Knowledge {
  /** All that was true of a session at some moment from the one to the other, both included; the oldest first, never nothing. */
  during(session: string, from: Milliseconds, to: Milliseconds): readonly Truth[];
  now(session: string): Truth;
  /** Whose process it is at this moment: a session's, somebody `other`'s, or nobody's. */
  holderOf(named: NamedProcess): string | null;
  /** Who would read what is typed into it at this moment. */
  occupantOf(pane: PaneName): string | null;
}

/** Whom the decisions of one tick are about: the same for all systems. */
export interface Choices {
  readonly nudge: string;
  readonly signal: string;
  /** All sessions in the order of preference: the first that the system calls alive, and has a pane of, gets the work. */
  readonly route: readonly string[];
}
