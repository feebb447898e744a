import { liveMachine, type Machine } from '../kernel/machine.ts';
import type { Pidfd } from '../kernel/native/pidfd.ts';
import { loadPoller, type Poller } from '../kernel/native/poller.ts';
import { watchOom } from '../kernel/oom.ts';
import { readHeldStat } from '../kernel/process-stat.ts';
import type { HeldProcess } from '../kernel/procfs.ts';
import { describeMissing } from '../model/outcome.ts';
import { isLive } from '../model/process.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import { type FoundCause, findCause, HAS_ENDED } from './exit-cause.ts';
import { cannotHold, openBeside, requirePidfds } from './pidfds.ts';
import { checkWaitTime, type TimedOut, type WaitTime } from './waiting.ts';

/** How long to wait, and on which machine. */
interface WaitForExitOptions extends WaitTime {
  readonly machine?: Machine;
}

/** The process has ended, and why. */
export interface Ended extends FoundCause {
  readonly outcome: 'exited';
  readonly pid: number;
  readonly startTimeTicks: bigint | null;
}

/** What a wait for an exit came to. */
export type WaitedForExit = Ended | TimedOut | Refusal;

/**
 * Waits until the process of a session has ended, however many threads it has, and says why. Nothing is polled for by
 * the clock: the kernel wakes us. What the process runs or where it goes meanwhile makes no difference.
 *
 * Source: poll(2) of a pidfd, since Linux 5.3; ioctl(PIDFD_GET_INFO), 6.15, or /proc/<pid>/stat field 52 for the cause
 * Needs:  koffi; nothing to wait; on older kernels the right to trace it for the cause
 * @returns the exit with its cause, also where it had ended before it could be held; `timeout`; or why it cannot be
 *   waited for
 * @throws {PlumblineError} `usage` for a time that is none; the signal's reason where it is aborted
 */
export async function waitForExit(session: Session, options: WaitForExitOptions = {}): Promise<WaitedForExit> {
  const { pid, startTimeTicks } = session;
  if (pid === null) return refuse('unseen', `which process is ${session.name.text} is ${session.verdict}`);
  const { machine = liveMachine(), signal } = options;
  const startedMs = performance.now();
  checkWaitTime(options);
  signal?.throwIfAborted();
  const pidfds = await requirePidfds();
  if (isRefusal(pidfds)) return pidfds;
  const pidfd = pidfds.open(pid);
  if (pidfd.kind === 'gone') return tooLate(session, pid);
  if (pidfd.kind !== 'value') return cannotHold(pid, pidfd);
  const proc = openBeside(pidfd.value, pid, machine);
  // What /proc does not show may be hidden: kill(2) knows.
  if (proc.kind === 'gone' && !machine.procfs.exists(pid)) return tooLate(session, pid);
  if (proc.kind !== 'value') return denied(pid, describeMissing(proc));
  try {
    const refused = checkIncarnation(session, pid, proc.value, pidfd.value);
    if (refused) return refused;
    const poller = await loadPoller();
    const oom = await watchOom(machine, proc.value);
    try {
      const isTold = await untilEnded(pidfd.value, poller, options);
      // Whoever was stopped, or came late, finds the time over before the end is told that came first.
      if (!isTold && !hasEnded(proc.value)) return { outcome: 'timeout', waitedMs: performance.now() - startedMs };
      const found = await findCause(
        { pid, proc: proc.value, procfs: machine.procfs, pidfd: pidfd.value, oom },
        poller,
        signal,
      );
      return { outcome: 'exited', pid, startTimeTicks, ...found };
    } finally {
      oom.close();
    }
  } finally {
    proc.value.close();
    pidfd.value.close();
  }
}

/** Whether what is held is what the look has found; null where it is. */
function checkIncarnation(session: Session, pid: number, proc: HeldProcess, pidfd: Pidfd): Ended | Refusal | null {
  const stat = readHeldStat(proc);
  if (stat.kind === 'gone') return tooLate(session, pid);
  if (stat.kind !== 'value') return denied(pid, describeMissing(stat));
  if (session.startTimeTicks !== null && stat.value.startTimeTicks !== session.startTimeTicks) {
    return tooLate(session, pid);
  }
  // Of a process of somebody else this is denied, and says all the same that it is there.
  return pidfd.send(0).kind === 'gone' ? tooLate(session, pid) : null;
}

function hasEnded(proc: HeldProcess): boolean {
  const stat = readHeldStat(proc);
  return stat.kind === 'gone' || (stat.kind === 'value' && !isLive(stat.value));
}

/** @returns false where the time was over first */
async function untilEnded(pidfd: Pidfd, poller: Poller, { timeoutMs = null, signal }: WaitTime): Promise<boolean> {
  const polled = poller.watch(pidfd.fd, HAS_ENDED);
  let timer: NodeJS.Timeout | null = null;
  if (timeoutMs !== null) timer = setTimeout(polled.cancel, timeoutMs);
  signal?.addEventListener('abort', polled.cancel, { once: true });
  try {
    // It may have been told to end while its libraries were loaded.
    if (signal?.aborted) polled.cancel();
    if ((await polled.happened) !== null) return true;
    signal?.throwIfAborted();
    return false;
  } finally {
    if (timer !== null) clearTimeout(timer);
    signal?.removeEventListener('abort', polled.cancel);
  }
}

function tooLate({ startTimeTicks }: Session, pid: number): Ended {
  const why = 'it had ended before it could be held, and then the kernel keeps nothing of it';
  return { outcome: 'exited', pid, startTimeTicks, cause: { kind: 'unknown', why }, evidence: [] };
}

function denied(pid: number, why: string): Refusal {
  const hint = 'run plumb as root, or as the user of the session';
  return refuse('denied', `the process ${pid} may not be looked at: ${why}`, { hint });
}
