import type { Evidence } from './evidence.ts';

/**
 * Why an act was not done. Whoever is refused has changed nothing.
 *
 * - `ended`: the process has ended, is ending, or is not this incarnation. `changed`: it is, and its program, its home,
 *   its terminal or its pane is another one than was asked for.
 * - `stopped`: it is stopped or frozen. `detached`: it has no terminal. `background`: it, or a program between it and
 *   the pane, is not in the foreground of its terminal. `line_mode`: its terminal hands over whole lines, so nobody
 *   reads single keys there.
 * - `text`: the text holds what cannot be typed safely, or is too long. `unexpected`: the pane does not show what was
 *   expected.
 * - `no_pane`: no multiplexer that can be typed through shows its terminal. `pane`: it does, and would not deliver: a
 *   dead pane, copy mode, input off, synchronized panes.
 * - `busy`: somebody else is acting on it, or has claimed it. `not_idle`: no session is free, or this one is at work.
 * - `own`: plumb runs inside of it.
 * - `foreign`: somebody else has made what stands there, and it is left alone.
 * - `network_home`: its home lies on a network file system, whose locks cannot be relied on.
 * - `denied`: we lack a right. `unsupported`: this kernel or this machine lacks a means. `unseen`: too little could be
 *   seen.
 */
export type RefusalReason =
  | 'ended'
  | 'changed'
  | 'stopped'
  | 'detached'
  | 'background'
  | 'line_mode'
  | 'text'
  | 'unexpected'
  | 'no_pane'
  | 'pane'
  | 'busy'
  | 'not_idle'
  | 'own'
  | 'foreign'
  | 'network_home'
  | 'denied'
  | 'unsupported'
  | 'unseen';

/** An act that was not done, and why. */
export interface Refusal {
  readonly outcome: 'refused';
  readonly reason: RefusalReason;
  /** One sentence: why. */
  readonly message: string;
  /** What would make it possible; empty where there is nothing. */
  readonly hint: string;
  /** The facts behind it. */
  readonly evidence: readonly Evidence[];
}

/** Says no. */
export function refuse(
  reason: RefusalReason,
  message: string,
  { hint = '', evidence = [] }: { readonly hint?: string; readonly evidence?: readonly Evidence[] } = {},
): Refusal {
  return { outcome: 'refused', reason, message, hint, evidence };
}

/** Whether an act, or a step of one, was refused. */
export function isRefusal(result: unknown): result is Refusal {
  return typeof result === 'object' && result !== null && 'outcome' in result && result.outcome === 'refused';
}
