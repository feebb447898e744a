import { liveMachine } from '../kernel/machine.ts';
import type { Activity } from '../model/activity.ts';
import { PlumblineError } from '../model/errors.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import { openLook } from './activity.ts';
import { type HeldSession, holdSession } from './hold.ts';
import { type Exited, type TimedOut, Wait, type WaitOptions } from './waiting.ts';

/** How to wait for rest. */
export interface WaitForIdleOptions extends WaitOptions {
  /** For how long nothing may move before it counts as idle. Default 2; what moves less often is not noticed. */
  readonly forSeconds?: number;
}

/** The session is idle, or waits for input, and was for the whole of a window. */
export interface Idle {
  readonly outcome: 'idle';
  readonly waitedMs: number;
  readonly activity: Activity;
}

/** It was not idle in time, and this is what it did at the end; null where that could not be seen. */
export interface NotIdle extends TimedOut {
  readonly activity: Activity | null;
}

const FOR_SECONDS = 2;

/** A window that output has broken is left so early at most: to open one takes two looks at all processes. */
const SHORTEST_MS = 250;

/**
 * Waits until a session is idle: until there is a whole window in which nothing moved. Output begins the window anew,
 * as the kernel tells of it; all else is compared at the window's end.
 *
 * Needs: the right to look into the process; without it, it cannot be told that a session is idle
 * @returns the activity, the end of the session, the end of the time, or why it cannot be waited for
 * @throws {PlumblineError} `usage` for a time that is none, `blind` where this machine has no means left to look; the
 *   signal's reason where it is aborted
 */
export async function waitForIdle(
  session: Session,
  options: WaitForIdleOptions,
): Promise<Idle | Exited | NotIdle | Refusal> {
  const windowMs = (options.forSeconds ?? FOR_SECONDS) * 1000;
  if (!(windowMs > 0)) throw new PlumblineError('usage', `forSeconds: ${options.forSeconds} is no length of time`);
  const held = await holdSession(session, options);
  if (isRefusal(held)) return held;
  try {
    const wait = new Wait(held, options);
    try {
      return await waitOn(held, wait, { windowMs, machine: options.machine ?? liveMachine() });
    } finally {
      wait.close();
    }
  } finally {
    held.close();
  }
}

interface Windows {
  readonly windowMs: number;
  readonly machine: NonNullable<WaitOptions['machine']>;
}

async function waitOn(held: HeldSession, wait: Wait, windows: Windows): Promise<Idle | Exited | NotIdle | Refusal> {
  for (;;) {
    const { seen, over } = await lookOnce(held, wait, windows);
    if (over) return over.outcome === 'timeout' ? { ...over, activity: isRefusal(seen) ? null : seen } : over;
    if (isRefusal(seen)) return seen.reason === 'ended' ? { outcome: 'exited', waitedMs: wait.waitedMs } : seen;
    if (seen.state === 'unknown') {
      const hint = 'run plumb as root; or as the user of the session, where /proc hides nothing (hidepid)';
      const message = `whether ${held.session.name.text} is idle cannot be told: ${seen.reason}`;
      return refuse('unseen', message, { hint, evidence: seen.evidence });
    }
    if (seen.state === 'idle' || seen.state === 'waiting_for_input') {
      return { outcome: 'idle', waitedMs: wait.waitedMs, activity: seen };
    }
  }
}

interface Looked {
  readonly seen: Activity | Refusal;
  /** Where the wait was over before the window was: then rest in it proves nothing. */
  readonly over: Exited | TimedOut | null;
}

async function lookOnce(held: HeldSession, wait: Wait, { windowMs, machine }: Windows): Promise<Looked> {
  const look = await openLook(held, machine);
  if (isRefusal(look)) return { seen: look, over: wait.over() };
  try {
    const shortest = Math.min(windowMs, SHORTEST_MS);
    await wait.pause(shortest);
    if (look.writes() === 0 && windowMs > shortest) {
      await wait.pause(windowMs - shortest, (wake) => look.onWrite(wake));
    }
    const over = wait.over();
    return { seen: await look.judge(), over };
  } finally {
    look.close();
  }
}
