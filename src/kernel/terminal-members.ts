import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { isLive, PF, type ProcessStat } from '../model/process.ts';
import type { Terminal, TerminalTimes } from '../model/terminal.ts';
import type { TerminalQueue } from '../model/terminal-entry.ts';
import type { CoverageLog } from './coverage.ts';
import { holdTerminal } from './held-terminal.ts';
import { livingTask } from './living-task.ts';
import type { TtyCalls } from './native/tty.ts';
import { splitTtyNr } from './parse/tty-nr.ts';
import { readHeldStat } from './process-stat.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';
import type { Terminals } from './terminals.ts';

/** The processes of one kernel session, whose controlling terminal is the same: the kernel gives one to each session. */
export interface TerminalMembers {
  readonly terminal: Terminal;
  readonly times: TerminalTimes | null;
  readonly queue: TerminalQueue;
  /** The session's leader first. */
  readonly members: readonly ProcessStat[];
}

/** What is asked, and by what means. */
export interface MembersQuestion {
  readonly procfs: Procfs;
  readonly terminals: Terminals;
  readonly log: CoverageLog;
  /** Null: what waits in a terminal is not asked. */
  readonly tty: TtyCalls | null;
}

const NO_QUEUE: TerminalQueue = { unreadBytes: null, mode: null };

/**
 * The terminals that processes are on, of whatever devpts instance.
 *
 * A terminal is opened, for the moment that it takes to ask it, only by a descriptor that a process on it has open: the
 * one who closes a slave last hangs up on whoever waits at the master for a program to come.
 *
 * Source: /proc/<pid>/stat, fields 6 and 7; fd; the node's times; the calls of `TtyCalls`
 * Needs:  same uid or CAP_SYS_PTRACE for the instance; the right to read the terminal for what waits in it; what is denied
 *         is noted
 */
export function terminalsWithMembers(stats: Iterable<ProcessStat>, question: MembersQuestion): TerminalMembers[] {
  const groups = new Map<string, ProcessStat[]>();
  for (const stat of stats) {
    if (stat.ttyNr === 0 || (stat.flags & PF.KTHREAD) !== 0) continue;
    const key = `${stat.sid}:${stat.ttyNr}`;
    const group = groups.get(key);
    if (group) group.push(stat);
    else groups.set(key, [stat]);
  }
  return [...groups.values()].flatMap((group) => {
    const members = [...group].sort((a, b) => rank(a) - rank(b) || a.pid - b.pid);
    const [first] = members;
    return first ? [describe(first, members, question)] : [];
  });
}

/** The leader's descriptors tell the most; one that has ended has none. */
function rank(stat: ProcessStat): number {
  return stat.pid === stat.sid ? 0 : isLive(stat) ? 1 : 2;
}

function describe(first: ProcessStat, members: readonly ProcessStat[], question: MembersQuestion): TerminalMembers {
  const { ttyNr } = first;
  const denied: number[] = [];
  for (const member of members) {
    const seen = withProcess(question.procfs, member.pid, (held) => lookThrough(held, member, question));
    if (seen.kind === 'value') return { ...seen.value, members };
    if (seen.kind === 'denied') denied.push(member.pid);
  }
  for (const pid of denied) question.log.addPid('process_denied', pid);
  const name = question.terminals.nameOf(ttyNr);
  const { index } = splitTtyNr(ttyNr);
  return { terminal: { name, ttyNr, dev: null, index }, times: null, queue: NO_QUEUE, members };
}

/** @returns `unsupported` (ENOTTY) where this process has no descriptor on it: another one may have */
function lookThrough(
  held: HeldProcess,
  known: ProcessStat,
  { terminals, tty, log }: MembersQuestion,
): Outcome<Omit<TerminalMembers, 'members'>> {
  const stat = readHeldStat(held);
  if (stat.kind !== 'value') return stat;
  const { startTimeTicks, ttyNr, pid } = stat.value;
  // Another process has its number by now, or it has lost its terminal: nothing here is of the terminal.
  if (startTimeTicks !== known.startTimeTicks || ttyNr !== known.ttyNr) return { kind: 'gone', errno: 'ESRCH' };
  const prefix = livingTask(held, stat.value);
  const { terminal, times } = terminals.of(held, ttyNr, prefix);
  if (terminal === null || times === null) {
    const fds = held.list(`${prefix}fd`);
    return fds.kind === 'value' ? { kind: 'unsupported', errno: 'ENOTTY' } : fds;
  }
  if (tty === null) return value({ terminal, times, queue: NO_QUEUE });
  const opened = holdTerminal(held, ttyNr, prefix);
  if (opened.kind !== 'value') return value({ terminal, times, queue: NO_QUEUE });
  try {
    const { unreadBytes, mode } = opened.value.input(tty);
    if (unreadBytes.kind === 'denied') log.addPid('process_denied', pid);
    const queue = { unreadBytes: valueOrNull(unreadBytes), mode: valueOrNull(mode) };
    return value({ terminal, times, queue });
  } finally {
    opened.value.close();
  }
}
