import { setTimeout as sleep } from 'node:timers/promises';
import { idleSecondsOf, judgeActivity } from '../identity/activity.ts';
import { activityEvidence } from '../identity/activity-evidence.ts';
import { isForeground } from '../identity/claimants.ts';
import { startedAt } from '../identity/session.ts';
import { ActivityWindow, type WindowReadings } from '../kernel/activity-window.ts';
import { readHost } from '../kernel/host.ts';
import { type Lineage, readLineage } from '../kernel/lineage.ts';
import { liveMachine, type Machine } from '../kernel/machine.ts';
import { loadTty, type TtyCalls } from '../kernel/native/tty.ts';
import type { Activity, ActivityFacts } from '../model/activity.ts';
import { PlumblineError } from '../model/errors.ts';
import { type Outcome, value } from '../model/outcome.ts';
import { PF, type ProcessFacts } from '../model/process.ts';
import { isRefusal, type Refusal } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import { toText } from '../model/text.ts';
import { type HeldSession, type HoldOptions, holdSession } from './hold.ts';
import { requirePidfds } from './pidfds.ts';

/** How to look at what a session is doing. */
export interface ActivityOptions extends HoldOptions {
  /** For how long to look. Default 250 ms; a program that shows something once a second needs more than a second. */
  readonly windowMs?: number;
  readonly signal?: AbortSignal;
}

const WINDOW_MS = 250;

/**
 * Looks at a session for a moment, and says what it seems to be doing. It is an inference, and carries its facts.
 * The session is held and verified before and after, so that all facts are of this process and program.
 *
 * Needs: the right to look into the process, as for every act; root, or ptrace_scope 0, for `waiting_for_input`
 * @returns the activity, or why the session is none any more
 * @throws {PlumblineError} `usage` for a window that is none; the signal's reason where it is aborted
 * @example
 * const activity = await readActivity(session, { commands: ['claude'] });
 */
export async function readActivity(session: Session, options: ActivityOptions): Promise<Activity | Refusal> {
  const [told] = await readActivities([session], options);
  if (!told) throw new Error('one session, and no answer');
  return told[1];
}

/**
 * The same of many sessions in the same moment: whose children the processes are is looked at for all of them at once.
 * @returns one answer a session, in their order
 * @throws as `readActivity` does
 */
export async function readActivities(
  sessions: readonly Session[],
  options: ActivityOptions,
): Promise<readonly (readonly [Session, Activity | Refusal])[]> {
  const { windowMs = WINDOW_MS, machine = liveMachine(), signal } = options;
  if (!(windowMs > 0)) throw new PlumblineError('usage', `windowMs: ${windowMs} is no length of time`);
  // Where no process can be held, none can be looked at: that is one answer for all.
  const pidfds = await requirePidfds();
  if (isRefusal(pidfds)) return sessions.map((session) => [session, pidfds] as const);
  const open: { close(): void }[] = [];
  try {
    const tty = await loadTty();
    const held: (readonly [Session, HeldSession | Refusal])[] = [];
    for (const session of sessions) {
      const one = await holdSession(session, { ...options, machine });
      if (!isRefusal(one)) open.push(one);
      held.push([session, one]);
    }
    const before = readLineage(machine.procfs);
    const looks = held.map(([session, one]) => {
      const look = isRefusal(one) ? one : startLook(one, { machine, tty }, before);
      if (!isRefusal(look)) open.push(look);
      return [session, look] as const;
    });
    await sleep(windowMs, undefined, signal && { signal });
    const after = readLineage(machine.procfs);
    const told: (readonly [Session, Activity | Refusal])[] = [];
    for (const [session, look] of looks) told.push([session, isRefusal(look) ? look : await look.judge(after)]);
    return told;
  } finally {
    for (const one of open.toReversed()) one.close();
  }
}

/** One window on a held session. */
export interface ActivityLook {
  /** How often its terminal was written to so far. */
  readonly writes: () => number;
  /** Calls at each further one. */
  readonly onWrite: (call: () => void) => void;
  /**
   * Reads everything again, verifies that it still is the session, and judges.
   * @param lineage where it was looked at for several; else it is looked at now
   */
  readonly judge: (lineage?: Outcome<Lineage>) => Promise<Activity | Refusal>;
  readonly close: () => void;
}

/** Opens a window on a session that is held; whoever opens it says when it ends. Close it. */
export async function openLook(held: HeldSession, machine: Machine): Promise<ActivityLook | Refusal> {
  const tty = await loadTty();
  return startLook(held, { machine, tty }, readLineage(machine.procfs));
}

interface Eyes {
  readonly machine: Machine;
  readonly tty: TtyCalls;
}

function startLook(held: HeldSession, { machine, tty }: Eyes, lineage: Outcome<Lineage>): ActivityLook | Refusal {
  const before = held.verify();
  if (isRefusal(before)) return before;
  const window = new ActivityWindow({ machine, proc: held.proc, stat: before.stat, tty }, lineage);
  return {
    writes: () => window.writes,
    onWrite: (call) => window.onWrite(call),
    judge: async (known) => {
      // What was written at the end of the window is told in the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      const readings = window.read(known ?? readLineage(machine.procfs));
      const after = held.verify();
      return isRefusal(after) ? after : judge(after, readings, machine);
    },
    close: () => window.close(),
  };
}

function judge(now: ProcessFacts, readings: WindowReadings, machine: Machine): Activity {
  const facts = factsOf(now, readings, machine);
  const { state, reason } = judgeActivity(facts);
  const inference = {
    fact: `activity: ${state}`,
    source: 'an inference from what follows',
    value: reason,
    check: null,
  };
  const evidence = [inference, ...activityEvidence(now.stat.pid, facts)];
  return { outcome: 'activity', state, idleSeconds: idleSecondsOf(facts), reason, facts, evidence };
}

function factsOf({ stat }: ProcessFacts, readings: WindowReadings, machine: Machine): ActivityFacts {
  const context = readHost(machine, null);
  const { children } = readings;
  return {
    ...readings,
    observedAt: machine.now(),
    state: stat.state,
    startedAt: startedAt(stat.startTimeTicks, context),
    foreground: stat.ttyNr === 0 ? null : isForeground(stat),
    children:
      children.kind !== 'value'
        ? children
        : value(
            children.value.map(({ stat: child, cpuNs }) => ({
              pid: child.pid,
              command: toText(child.comm),
              startedAt: startedAt(child.startTimeTicks, context),
              isFork: (child.flags & PF.FORKNOEXEC) !== 0,
              isInFront: stat.ttyNr !== 0 && child.ttyNr === stat.ttyNr && isForeground(child) === true,
              cpuNs,
            })),
          ),
  };
}
