import { ownPid } from '../kernel/census.ts';
import { liveMachine, type Machine } from '../kernel/machine.ts';
import type { Pidfds } from '../kernel/native/pidfd.ts';
import { readHeldStat, readStat } from '../kernel/process-stat.ts';
import type { Procfs } from '../kernel/procfs.ts';
import { describeMissing, type Missing } from '../model/outcome.ts';
import { isEnding, type ProcessFacts } from '../model/process.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import { type Text, toText } from '../model/text.ts';
import { type HeldSession, type HoldOptions, holdSession } from './hold.ts';
import { requirePidfds } from './pidfds.ts';
import type { SignalName } from './signal-names.ts';
import { ProcessTree, type TreeMember } from './tree.ts';

/** What to signal, and how to recognise it. */
export interface SignalOptions extends HoldOptions {
  /** The process and all that descends from it, leaves first; else it alone. */
  readonly tree?: boolean;
  /** Calls it off, for as long as nothing was sent: then it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A process that was signalled. */
export interface SignalledProcess {
  readonly pid: number;
  readonly startTimeTicks: bigint;
  readonly command: Text;
}

/** A process that is of the tree, or may be, and was not signalled. */
export interface UnsignalledProcess {
  readonly pid: number | null;
  readonly command: Text | null;
  /** One sentence: why. */
  readonly reason: string;
}

/** A signal that was sent. */
export interface SignalSent {
  readonly outcome: 'sent';
  readonly signal: SignalName;
  /** In the order of sending. */
  readonly processes: readonly SignalledProcess[];
  /** What goes on, or may, though it belongs to the tree; empty where nothing does. */
  readonly left: readonly UnsignalledProcess[];
  /** False where processes are hidden from us: one that descends from it may be among them. */
  readonly complete: boolean;
}

/** So many looks at the processes before sending, and after. A tree that grows faster is said to be left. */
const MOST_LOOKS = 10;

/**
 * Sends a signal to the process of a session, through a pidfd that was opened before it was verified: to it or to
 * nobody. With `tree` the processes that descend from it come first, each held and verified in the same way before
 * anything is sent; children that are born meanwhile are signalled as well.
 *
 * Source: pidfd_send_signal(2), since Linux 5.1
 * Needs:  what kill(2) needs: the same user, or CAP_KILL; and the right to look into the session
 * @returns what was signalled, or why nothing was
 * @throws the AbortSignal's reason where it came first
 */
export async function sendSignal(
  session: Session,
  signal: SignalName,
  options: SignalOptions,
): Promise<SignalSent | Refusal> {
  const machine = options.machine ?? liveMachine();
  options.signal?.throwIfAborted();
  const held = await holdSession(session, options);
  if (isRefusal(held)) return held;
  try {
    options.signal?.throwIfAborted();
    const refused = refuseOwn(held, machine.procfs);
    if (refused) return refused;
    if (!options.tree) return sendOne(held, signal);
    const pidfds = await requirePidfds();
    options.signal?.throwIfAborted();
    return isRefusal(pidfds) ? pidfds : sendTree(held, signal, pidfds, machine);
  } finally {
    held.close();
  }
}

function sendOne(held: HeldSession, signal: SignalName): SignalSent | Refusal {
  const facts = held.verify();
  if (isRefusal(facts)) return facts;
  const sent = held.pidfd.send(signal.number);
  if (sent.kind !== 'value') return notSent(facts.stat.pid, signal, sent);
  const { pid, startTimeTicks, comm } = facts.stat;
  const processes = [{ pid, startTimeTicks, command: toText(comm) }];
  return { outcome: 'sent', signal, processes, left: [], complete: true };
}

function sendTree(held: HeldSession, signal: SignalName, pidfds: Pidfds, machine: Machine): SignalSent | Refusal {
  const facts = held.verify();
  if (isRefusal(facts)) return facts;
  const mayBeSent = held.pidfd.send(0);
  if (mayBeSent.kind !== 'value') return notSent(facts.stat.pid, signal, mayBeSent);
  const tree = new ProcessTree(rootOf(held, facts), pidfds, machine);
  try {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const { added, isUnsettled, refused } = tree.grow();
      if (refused) return refused;
      if (added.length === 0 && !isUnsettled) break;
    }
    const before = held.verify();
    if (isRefusal(before)) return before;
    return new Sending(held, signal, tree).run();
  } finally {
    tree.close();
  }
}

function rootOf({ proc, pidfd }: HeldSession, { stat: { pid, startTimeTicks, comm, pgid } }: ProcessFacts): TreeMember {
  return { pid, startTimeTicks, command: toText(comm), depth: 0, pgid, proc, pidfd };
}

/** One signal on its way through a tree. */
class Sending {
  readonly #held: HeldSession;
  readonly #signal: SignalName;
  readonly #tree: ProcessTree;
  readonly #processes: SignalledProcess[] = [];
  readonly #left: UnsignalledProcess[] = [];

  constructor(held: HeldSession, signal: SignalName, tree: ProcessTree) {
    this.#held = held;
    this.#signal = signal;
    this.#tree = tree;
  }

  run(): SignalSent {
    for (const member of this.#tree.leavesFirst()) this.#send(member);
    let isGrowing = true;
    for (let looks = 0; isGrowing && looks < MOST_LOOKS; looks++) {
      const { added, isUnsettled, refused } = this.#tree.grow();
      for (const member of added.toReversed()) this.#send(member);
      if (refused) this.#left.push({ pid: null, command: null, reason: refused.message });
      isGrowing = refused === null && (added.length > 0 || isUnsettled);
    }
    if (isGrowing) {
      const reason = `it has new children at each of ${MOST_LOOKS} looks: the last of them may go on`;
      this.#left.push({ pid: null, command: null, reason });
    }
    const reason = 'born below it meanwhile, as it seems, of a parent that has ended: nothing proves whose it is';
    this.#left.push(...this.#tree.orphans().map((orphan) => ({ ...orphan, reason })));
    return {
      outcome: 'sent',
      signal: this.#signal,
      processes: this.#processes,
      left: this.#left,
      complete: this.#tree.isComplete,
    };
  }

  /** One that has ended meanwhile needs no signal. */
  #send(member: TreeMember): void {
    const { pid, startTimeTicks, command, depth } = member;
    const verified = depth === 0 ? this.#held.verify() : readHeldStat(member.proc);
    if (isRefusal(verified)) {
      if (verified.reason !== 'ended') this.#left.push({ pid, command, reason: verified.message });
      return;
    }
    if ('kind' in verified && (verified.kind === 'gone' || (verified.kind === 'value' && isEnding(verified.value)))) {
      return;
    }
    const sent = member.pidfd.send(this.#signal.number);
    if (sent.kind === 'value') this.#processes.push({ pid, startTimeTicks, command });
    else if (sent.kind !== 'gone')
      this.#left.push({ pid, command, reason: `it was refused: ${describeMissing(sent)}` });
  }
}

function notSent(pid: number, { name }: SignalName, missing: Missing): Refusal {
  if (missing.kind === 'gone') return refuse('ended', `the process ${pid} has ended`);
  const why = `${name} may not be sent to ${pid}: ${describeMissing(missing)}`;
  if (missing.kind === 'denied')
    return refuse('denied', why, { hint: 'run plumb as root, or as the user of the session' });
  return refuse('unsupported', why, {
    hint: 'pidfd_send_signal(2) is there since Linux 5.1; a seccomp filter may forbid it',
  });
}

/** Whoever signals from inside a session would end itself, or what waits for its answer. */
function refuseOwn({ session: { pid, name } }: HeldSession, procfs: Procfs): Refusal | null {
  const seen = new Set<number>();
  for (let own = ownPid(procfs); own > 0 && !seen.has(own); ) {
    if (own === pid) {
      const hint = 'run it from outside the session; from inside, kill(1) does what it is told';
      return refuse(
        'own',
        `plumb runs inside ${name.text}: ${pid} is ${own === procfs.selfPid ? 'plumb itself' : 'one of its parents'}`,
        { hint },
      );
    }
    seen.add(own);
    const stat = readStat(procfs, own);
    own = stat.kind === 'value' ? stat.value.ppid : 0;
  }
  return null;
}
