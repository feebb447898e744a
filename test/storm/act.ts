/** One act against a session, and what it was said to have done. */
export interface Act {
  readonly id: number;
  readonly by: 'library' | 'command';
  readonly kind: 'nudge' | 'signal';
  /** The session's name. */
  readonly name: string;
  /** `pid.start` of the incarnation that the look has found; null where the command does not tell. */
  readonly incarnation: string | null;
  /** When the look began, when the act began, and when it was over. */
  readonly lookMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** The way that was asked for: `auto`, `tmux`, `screen`, `direct`; of a signal `one` or `tree`. */
  readonly way: string;
  /** What is typed before Enter, byte by byte as latin1. */
  readonly typed: string;
  readonly outcome: 'delivered' | 'uncertain' | 'refused' | 'sent' | 'thrown';
  /** Of a refusal; of an uncertain nudge `text` or `text_and_enter`; else empty. */
  readonly reason: string;
  readonly message: string;
  /** Whom a signal was sent to, each as `pid.start`. */
  readonly sentTo: readonly string[];
}

/** The command by which sessions are known. */
export const COMMAND = 'stormling';

/** What an actor is told to do. */
export interface ActorOrder {
  readonly homes: string;
  readonly seed: number;
  /** How many acts, and the number of the first one. */
  readonly acts: number;
  readonly firstId: number;
  /** How many acts at the same time. */
  readonly lanes: number;
}
