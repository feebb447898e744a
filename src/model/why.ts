import type { Coverage } from './coverage.ts';
import type { Evidence } from './evidence.ts';
import type { ProcessStat } from './process.ts';
import type { Session } from './session.ts';
import type { SessionTag } from './session-tag.ts';
import type { Snapshot } from './snapshot.ts';

/** What can be led to a session. */
export const WHY_KINDS = ['pid', 'port', 'path', 'pane'] as const;

/** One of those. */
export type WhyKind = (typeof WHY_KINDS)[number];

/** A process that has to do with what was asked, and how it is led to its session. */
export interface WhyProcess {
  readonly stat: ProcessStat;
  /** What it has to do with it: `listens on 127.0.0.1:5432 (tcp)`, one a thing. */
  readonly roles: readonly string[];
  readonly tag: SessionTag | null;
  /** Where it counts to none that is certain: those that it may count to. */
  readonly mayCountTo: readonly Session[];
  /** The facts behind its roles, then the way to its session, or to nowhere. */
  readonly evidence: readonly Evidence[];
}

/** From something to its session. */
export interface Why {
  readonly kind: WhyKind;
  /** What was asked, as it was typed. */
  readonly asked: string;
  /**
   * `session`: it belongs to one or several. `none`: provably to none, or there is no such thing. `unknown`: too little
   * could be seen to say so.
   */
  readonly verdict: 'session' | 'none' | 'unknown';
  /** In one sentence. */
  readonly answer: string;
  readonly sessions: readonly SessionTag[];
  /** The facts about the thing itself. */
  readonly evidence: readonly Evidence[];
  readonly processes: readonly WhyProcess[];
  /** The look that the sessions are from. */
  readonly snapshot: Snapshot;
  /** How complete that look was, and what was read besides. */
  readonly coverage: Coverage;
}
