import type { ActivityFacts, ActivityState, ChildFacts } from '../model/activity.ts';
import { describeMissing, type Outcome, valueOrNull } from '../model/outcome.ts';

/**
 * Below this share of one CPU it is housekeeping: idle shells, readers and Node programs use none at all, and a
 * program that computes uses all that it gets.
 */
const WORKING_CPU_SHARE = 0.02;

/** Threads wake each other with eight bytes; a piece of an answer from a server is longer than a few of those. */
const TELLING_BYTES = 32n;

/** A child that started so soon came with the session: a language server, an MCP server. */
const HELPERS_START_SECONDS = 30;

/** What is read of the terminal so soon is what it answers when a full-screen program asks what it can do. */
const FIRST_INPUT_SECONDS = 5;

/** A child that has been quiet for so long is no tool that somebody waits for: a development server, a watcher. */
const QUIET_CHILD_SECONDS = 600;

/** What one rule says. */
interface Judgement {
  readonly state: ActivityState;
  readonly reason: string;
}

type Rule = (facts: ActivityFacts) => Judgement | null;

/**
 * Says what a session seems to be doing: the rules in their order, and the first one that knows decides.
 * What moves proves work even where the rest could not be seen; that nothing moves proves only something where all was
 * seen.
 */
export function judgeActivity(facts: ActivityFacts): Judgement {
  for (const rule of RULES) {
    const judgement = rule(facts);
    if (judgement) return judgement;
  }
  return { state: 'idle', reason: idleReason(facts) };
}

const RULES: readonly Rule[] = [
  // 1. Whoever is stopped does nothing, whatever happened earlier in the window.
  ({ state }) => {
    if (state === 'T') return { state: 'stopped', reason: 'a signal has stopped it (Ctrl-Z, SIGSTOP)' };
    return state === 't' ? { state: 'stopped', reason: 'a debugger has stopped it' } : null;
  },
  ({ frozen }) => {
    return valueOrNull(frozen) ? { state: 'stopped', reason: 'its control group is frozen' } : null;
  },

  // 2. Output: a spinner uses next to no CPU time, and is the plainest sign of work there is.
  (facts) => {
    const writes = facts.terminal && valueOrNull(facts.terminal.writes);
    if (!writes) return null;
    return busy(`its terminal was written to ${times(writes)} in ${windowOf(facts)}`);
  },

  // 3. CPU time: it computes, and shows nothing of it.
  (facts) => {
    const cpuNs = valueOrNull(facts.cpuNs);
    return cpuNs !== null && worksHard(cpuNs, facts)
      ? busy(`it used ${milliseconds(cpuNs)} of CPU time in ${windowOf(facts)}`)
      : null;
  },

  // 4. A child at work: a tool that it waits for.
  (facts) => {
    const [first, ...others] = childrenAtWork(facts);
    if (!first) return null;
    const more = others.length > 0 ? `, and ${others.length} more` : '';
    return busy(`its child ${first.child.pid} (${first.child.command.text}) ${first.reason}${more}`);
  },

  // 5. Bytes: an answer that streams in and is not shown yet.
  (facts) => {
    const bytes = valueOrNull(facts.bytesRead);
    return bytes !== null && bytes >= TELLING_BYTES ? busy(`it read ${bytes} bytes in ${windowOf(facts)}`) : null;
  },

  // 6. Unread input: whoever waits for it would have read it.
  ({ terminal }) => {
    const unread = terminal && valueOrNull(terminal.unreadBytes);
    return unread ? busy(`${unread} typed bytes wait to be read`) : null;
  },

  // 7. A device: it sleeps where no signal wakes it. A group that version 1 has frozen looks the same.
  ({ state, frozen }) => (state === 'D' && frozen.kind === 'value' ? busy('it waits for a device') : null),

  // 8. Nothing was seen to move. Denied is not quiet: only where all was seen it may be called idle.
  (facts) => {
    const unseen = unseenOf(facts);
    return unseen.length > 0 ? { state: 'unknown', reason: `not all could be seen: ${unseen.join(', ')}` } : null;
  },

  // 9. In read(2) on its own terminal nothing can wake it but a line, or a key. Who waits for several things at once
  //    (select, poll, epoll) is not caught here: a shell at its prompt and a full-screen program are idle.
  ({ waiting, foreground }) => {
    return valueOrNull(waiting) === 'reading_terminal' && foreground !== false
      ? { state: 'waiting_for_input', reason: 'nothing moves, and it sleeps in read(2) on its terminal' }
      : null;
  },
];

/** A child that speaks for work, and why. */
export interface WorkingChild {
  readonly child: ChildFacts;
  readonly reason: string;
}

/**
 * Which children a session waits for, as far as that can be told. A helper lives as long as its agent and is no work,
 * so what is quiet counts only while it belongs to the present turn: started after the last input, not long ago, and
 * not along with the agent while nobody has typed anything yet.
 */
export function childrenAtWork(facts: ActivityFacts): WorkingChild[] {
  const children = valueOrNull(facts.children) ?? [];
  return children.flatMap((child) => {
    const reason = workOf(child, facts);
    return reason === null ? [] : [{ child, reason }];
  });
}

function workOf(child: ChildFacts, facts: ActivityFacts): string | null {
  if (worksHard(child.cpuNs, facts)) return `used ${milliseconds(child.cpuNs)} of CPU time`;
  if (child.isFork) return 'is about to start a program';
  if (facts.foreground === false && child.isInFront) return 'has the terminal';
  if (child.startedAt === null || facts.startedAt === null) return null;
  const lastInputAt = (facts.terminal && valueOrNull(facts.terminal.times)?.lastInputAt) ?? null;
  const isLater = lastInputAt === null || child.startedAt >= lastInputAt;
  const hasTurn = lastInputAt !== null && secondsBetween(facts.startedAt, lastInputAt) >= FIRST_INPUT_SECONDS;
  const isHelper = !hasTurn && secondsBetween(facts.startedAt, child.startedAt) < HELPERS_START_SECONDS;
  const age = secondsBetween(child.startedAt, facts.observedAt);
  if (!isLater || isHelper || age > QUIET_CHILD_SECONDS) return null;
  return `has been running for ${Math.max(0, Math.round(age))} s`;
}

function unseenOf({ frozen, terminal, cpuNs, bytesRead, children }: ActivityFacts): string[] {
  const wanted: (readonly [string, Outcome<unknown> | undefined])[] = [
    ['CPU time', cpuNs],
    ['bytes read', bytesRead],
    ['children', children],
    ['output', terminal?.writes],
    ['unread input', terminal?.unreadBytes],
    ['whether it is frozen', frozen],
  ];
  return wanted.flatMap(([what, outcome]) => {
    return outcome && outcome.kind !== 'value' ? [`${what} (${describeMissing(outcome)})`] : [];
  });
}

function idleReason({ windowMs, foreground, terminal }: ActivityFacts): string {
  const where = terminal === null ? ', and it has no terminal' : foreground === false ? ', in the background' : '';
  return `nothing moved in ${Math.round(windowMs)} ms${where}`;
}

function worksHard(cpuNs: bigint, { windowMs }: ActivityFacts): boolean {
  return Number(cpuNs) >= WORKING_CPU_SHARE * windowMs * 1e6;
}

function busy(reason: string): Judgement {
  return { state: 'busy', reason };
}

function windowOf({ windowMs }: ActivityFacts): string {
  return `${Math.round(windowMs)} ms`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function milliseconds(ns: bigint): string {
  return `${(Number(ns) / 1e6).toFixed(1)} ms`;
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}

/** Since the last input or output, whichever is later; null where that was not seen. */
export function idleSecondsOf({ terminal, observedAt }: ActivityFacts): number | null {
  const times = terminal && valueOrNull(terminal.times);
  if (!times) return null;
  const last = Math.max(times.lastInputAt.getTime(), times.lastOutputAt.getTime());
  return Math.max(0, Math.floor((observedAt.getTime() - last) / 1000));
}
