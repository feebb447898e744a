import { holdTerminal } from '../kernel/held-terminal.ts';
import { describeMissing, type Missing } from '../model/outcome.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import { type HeldSession, holdSession } from './hold.ts';
import { type Exited, type TimedOut, Wait, type WaitOptions } from './waiting.ts';

/** Something was written to the session's terminal. */
export interface Output {
  readonly outcome: 'output';
  readonly waitedMs: number;
}

/**
 * Waits until something is written to a session's terminal: by the session, its children, or whoever else is on it.
 * What the terminal echoes while somebody types is no output. The kernel tells of each write; nothing is polled for.
 *
 * Needs: the right to look into the process and to read its terminal
 * @returns the output, the end of the session, the end of the time, or why it cannot be waited for
 * @throws {PlumblineError} `usage` for a time that is none, `blind` where this machine has no means left to look; the
 *   signal's reason where it is aborted
 */
export async function waitForOutput(
  session: Session,
  options: WaitOptions,
): Promise<Output | Exited | TimedOut | Refusal> {
  const held = await holdSession(session, options);
  if (isRefusal(held)) return held;
  try {
    const wait = new Wait(held, options);
    try {
      return await waitOn(held, wait);
    } finally {
      wait.close();
    }
  } finally {
    held.close();
  }
}

async function waitOn(held: HeldSession, wait: Wait): Promise<Output | Exited | TimedOut | Refusal> {
  const facts = held.verify();
  if (isRefusal(facts)) return facts;
  const who = `the process ${facts.stat.pid} of ${held.session.name.text}`;
  if (facts.stat.ttyNr === 0) return refuse('detached', `${who} has no terminal that something could be written to`);
  const terminal = holdTerminal(held.proc, facts.stat.ttyNr);
  if (terminal.kind !== 'value') return cannotWatch(who, terminal);
  let isWritten = false;
  let wake = () => {};
  const written = () => {
    isWritten = true;
    wake();
  };
  const watch = terminal.value.watchWrites(written, () => wake());
  try {
    if (watch.kind !== 'value') return cannotWatch(who, watch);
    await wait.pause(null, (awaken) => {
      wake = awaken;
    });
    watch.value.close();
  } finally {
    terminal.value.close();
  }
  if (isWritten) return { outcome: 'output', waitedMs: wait.waitedMs };
  const over = wait.over();
  if (over) return over;
  const now = held.verify();
  if (!isRefusal(now)) return refuse('changed', `${who} has its terminal still, which cannot be watched any more`);
  return now.reason === 'ended' ? { outcome: 'exited', waitedMs: wait.waitedMs } : now;
}

function cannotWatch(who: string, missing: Missing): Refusal {
  const message = `the terminal of ${who} cannot be watched: ${describeMissing(missing)}`;
  if (missing.kind === 'denied') {
    return refuse('denied', message, { hint: 'run plumb as root, or as the user of the session' });
  }
  const hint = 'ENOSPC: raise fs.inotify.max_user_watches; EMFILE: raise fs.inotify.max_user_instances';
  return refuse('unsupported', message, { hint });
}
