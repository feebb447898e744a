import { takeCensus } from '../kernel/census.ts';
import { CoverageLog } from '../kernel/coverage.ts';
import type { Machine } from '../kernel/machine.ts';
import type { Pidfd, Pidfds } from '../kernel/native/pidfd.ts';
import { readHeldStat, readStat } from '../kernel/process-stat.ts';
import type { HeldProcess } from '../kernel/procfs.ts';
import { readSight } from '../kernel/sight.ts';
import { describeMissing } from '../model/outcome.ts';
import { isEnding, type ProcessStat } from '../model/process.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import { type Text, toText } from '../model/text.ts';
import { cannotHold, openBeside } from './pidfds.ts';

/** A process of a tree, held before it was found to be of the tree. */
export interface TreeMember {
  readonly pid: number;
  readonly startTimeTicks: bigint;
  readonly command: Text;
  /** How many parents lie between it and the root; 0 is the root. */
  readonly depth: number;
  readonly pgid: number;
  readonly proc: HeldProcess;
  readonly pidfd: Pidfd;
}

/** What one look at the processes has added. */
export interface Growth {
  readonly added: readonly TreeMember[];
  /** Whether some of them changed their parent while they were held: look again. */
  readonly isUnsettled: boolean;
  /** What belongs to the tree and cannot be held. */
  readonly refused: Refusal | null;
}

/**
 * A process and all that descends from it, by their parents, each held by its directory and by a pidfd. Close it.
 *
 * A child is held first. Then its parent is read through its directory, and then that the parent, which is held as
 * well, has not been reaped: so the number that the child has named was the parent's, and nobody else's.
 */
export class ProcessTree {
  readonly #members = new Map<number, TreeMember>();
  readonly #pidfds: Pidfds;
  readonly #machine: Machine;
  readonly #root: TreeMember;
  /** Members that have been reaped: their numbers are free. */
  readonly #reaped: TreeMember[] = [];
  /** When the youngest process of the first look began: what is younger was born since. */
  #sinceTicks: bigint | null = null;
  readonly #isHiding: boolean;
  #isComplete = true;

  /** @param root held by the caller, who closes it */
  constructor(root: TreeMember, pidfds: Pidfds, machine: Machine) {
    this.#root = root;
    this.#pidfds = pidfds;
    this.#machine = machine;
    this.#members.set(root.pid, root);
    this.#isHiding = readSight(machine.procfs).hiding.some((option) => option.startsWith('hidepid'));
  }

  /** Whether no process was hidden from us in any look. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** All that were found to be of the tree, leaves first, the root last. */
  leavesFirst(): TreeMember[] {
    return [...this.#reaped, ...this.#members.values()].sort((a, b) => b.depth - a.depth || b.pid - a.pid);
  }

  /**
   * Looks at all processes once, and holds those that are of the tree and not held yet.
   *
   * Source: pidfd_open(2); /proc/<pid>/stat
   * Needs:  the right to signal them, which is asked for with the signal 0
   */
  grow(): Growth {
    this.#forgetReaped();
    const { children } = this.#look();
    const added: TreeMember[] = [];
    let isUnsettled = false;
    const parents = [...this.#members.values()];
    // Members that are found are parents in their turn.
    for (const parent of parents) {
      for (const pid of children.get(parent.pid) ?? []) {
        if (this.#members.has(pid)) continue;
        const member = this.#hold(pid, parent);
        if (isRefusal(member)) return { added, isUnsettled, refused: member };
        if (member === 'moved') isUnsettled = true;
        if (typeof member === 'string') continue;
        this.#members.set(pid, member);
        parents.push(member);
        added.push(member);
      }
    }
    return { added, isUnsettled, refused: null };
  }

  /**
   * Processes born since the first look in the process group of a member, whose parent is in no such group: most
   * likely children of a member that has ended. Nothing proves it any more.
   */
  orphans(): { readonly pid: number; readonly command: Text }[] {
    this.#forgetReaped();
    const { stats } = this.#look();
    const groups = new Set(this.leavesFirst().map(({ pgid }) => pgid));
    const isOrphan = (stat: ProcessStat) => {
      const { pid, ppid, pgid, startTimeTicks } = stat;
      if (!groups.has(pgid) || this.#members.has(pid) || isEnding(stat)) return false;
      return startTimeTicks >= (this.#sinceTicks ?? 0n) && !groups.has(stats.get(ppid)?.pgid ?? 0);
    };
    return [...stats.values()].filter(isOrphan).map(({ pid, comm }) => ({ pid, command: toText(comm) }));
  }

  close(): void {
    for (const member of [...this.#reaped, ...this.#members.values()]) if (member !== this.#root) letGo(member);
    this.#members.clear();
  }

  #look() {
    const log = new CoverageLog();
    const pids = takeCensus(this.#machine.procfs, log);
    // In a container the count is that of the whole machine, and what descends from ours is seen all the same.
    if (this.#isHiding && log.reasons().length > 0) this.#isComplete = false;
    const stats = new Map<number, ProcessStat>();
    const children = new Map<number, number[]>();
    for (const pid of pids) {
      const stat = readStat(this.#machine.procfs, pid);
      if (stat.kind === 'denied') this.#isComplete = false;
      if (stat.kind !== 'value') continue;
      stats.set(pid, stat.value);
      const siblings = children.get(stat.value.ppid);
      if (siblings) siblings.push(pid);
      else children.set(stat.value.ppid, [pid]);
    }
    this.#sinceTicks ??= [...stats.values()].reduce(
      (last, it) => (it.startTimeTicks > last ? it.startTimeTicks : last),
      0n,
    );
    return { stats, children };
  }

  /** A member that has been reaped has no children any more, and its number may be somebody else's. */
  #forgetReaped(): void {
    for (const [pid, member] of this.#members) {
      if (readHeldStat(member.proc).kind !== 'gone') continue;
      this.#members.delete(pid);
      this.#reaped.push(member);
    }
  }

  #hold(pid: number, parent: TreeMember): TreeMember | Refusal | 'ended' | 'moved' {
    const pidfd = this.#pidfds.open(pid);
    if (pidfd.kind === 'gone') return 'ended';
    if (pidfd.kind !== 'value') return cannotHold(pid, pidfd);
    const opened = openBeside(pidfd.value, pid, this.#machine);
    if (opened.kind !== 'value') {
      return opened.kind === 'gone' ? 'ended' : denied(pid, 'looked at', describeMissing(opened));
    }
    const held = { proc: opened.value, pidfd: pidfd.value };
    const member = verify(pid, held, parent);
    if (isRefusal(member) || typeof member === 'string') letGo(held);
    return member;
  }
}

function verify(
  pid: number,
  held: Pick<TreeMember, 'proc' | 'pidfd'>,
  parent: TreeMember,
): TreeMember | Refusal | 'ended' | 'moved' {
  const stat = readHeldStat(held.proc);
  if (stat.kind === 'gone') return 'ended';
  if (stat.kind !== 'value') return denied(pid, 'looked at', describeMissing(stat));
  const { ppid, pgid, startTimeTicks, comm } = stat.value;
  if (isEnding(stat.value)) return 'ended';
  if (ppid !== parent.pid || readHeldStat(parent.proc).kind !== 'value') return 'moved';
  // The number may have been given to another between pidfd and directory: the signal 0 says that it was not.
  const there = held.pidfd.send(0);
  if (there.kind === 'gone') return 'ended';
  const command = toText(comm);
  if (there.kind !== 'value') return denied(pid, 'signalled', describeMissing(there), command);
  return { pid, startTimeTicks, command, depth: parent.depth + 1, pgid, ...held };
}

function letGo({ proc, pidfd }: Pick<TreeMember, 'proc' | 'pidfd'>): void {
  pidfd.close();
  proc.close();
}

function denied(pid: number, what: string, why: string, command: Text | null = null): Refusal {
  const who = command === null ? `${pid}` : `${pid} (${command.text})`;
  const hint = 'run plumb as root, or signal the session alone, without --tree';
  return refuse('denied', `the process ${who}, which descends from it, may not be ${what}: ${why}`, { hint });
}
