import type { Lock, LockFact } from '../model/lock.ts';
import { type Outcome, valueOrNull } from '../model/outcome.ts';
import { PF, type ProcessStat } from '../model/process.ts';
import type { CoverageLog } from './coverage.ts';
import { type HeldLockFact, HolderBook, isProcessOwned } from './lock-holders.ts';
import { type LockSweep, sweepLocks } from './lock-parties.ts';
import { type LockQueue, lockKey, readLockTable, seesAllLocks } from './lock-table.ts';
import { waitersBehind } from './lock-waiters.ts';
import { findOfdWaiters } from './ofd-waiters.ts';
import type { Procfs } from './procfs.ts';

/** How often everything is looked at again where nobody is seen with a lock: it may have been handed over meanwhile. */
const TRIES = 2;

/** What is known of the machine already. */
export interface LockQuestion {
  /** All processes: of kernel threads no open file is asked for. */
  readonly stats: ReadonlyMap<number, ProcessStat>;
  /** Whether no process is hidden from us. */
  readonly seesEverybody: boolean;
}

/**
 * All locks, who has them, and who waits for them. The table of locks says who made a lock, and of those that go with
 * an open file that is not who has it: whoever shares the open file has. So where there is such a lock, the open files of
 * all processes are looked through, and the table is read before and after.
 *
 * Source: /proc/locks; /proc/<pid>/fdinfo, fd, stat, task/<tid>/syscall
 * Needs:  nothing for the table; same uid or CAP_SYS_PTRACE for the open files of each process; the right to trace it for
 *         who waits for a lock of an open file
 */
export function readLocks(procfs: Procfs, question: LockQuestion, log: CoverageLog): LockFact[] {
  const seesAll = seesAllLocks(procfs);
  for (let tries = 1; ; tries++) {
    const table = readLockTable(procfs);
    noteMissing(table, log);
    const before = valueOrNull(table) ?? [];
    const isTableEnough = table.kind === 'value' && seesAll;
    if (isTableEnough && before.length === 0) return [];
    const sweep = sweepFor(procfs, { queues: before, isTableEnough, question, isThorough: tries > 1 }, log);
    const isComplete = sweep.denied.size === 0 && question.seesEverybody;
    const seen = { queues: before, sweep, isComplete, isTableEnough };
    const first = new HolderBook(procfs, { ...seen, makers: null });
    const makers = first.unseen.length === 0 ? null : sweepMakers(procfs, first.unseen, log);
    const holders = makers === null ? first : new HolderBook(procfs, { ...seen, makers });
    const nobodyWaits = before.every((queue) => queue.length === 1);
    if (nobodyWaits && holders.all().every(({ fact }) => isSeen(fact))) return holders.all().map(({ fact }) => fact);
    const after = new Set((valueOrNull(readLockTable(procfs)) ?? []).flatMap((queue) => queue.map(lockKey)));
    const mayBeSeen = (lock: Lock) => after.has(lockKey(lock)) && !(lock.pid !== null && sweep.denied.has(lock.pid));
    const wasHandedOver = (held: HeldLockFact) => hasGone(held, after) && isStillWaitedFor(held, after);
    if (tries < TRIES && (holders.unseen.some(mayBeSeen) || holders.all().some(wasHandedOver))) continue;
    return withWaiters(procfs, { holders: holders.all(), sweep, after }, log);
  }
}

/** A lock that is taken again and again is seen with its maker, right after it has been missed. */
function sweepMakers(procfs: Procfs, unseen: readonly Lock[], log: CoverageLog): LockSweep {
  const pids = new Set(unseen.flatMap(({ pid }) => (pid === null ? [] : [pid])));
  return sweepLocks(procfs, { pids: [...pids], thoroughly: pids, wantsOpeners: false, inodes: null }, log);
}

interface SweepFor {
  readonly queues: readonly LockQueue[];
  readonly isTableEnough: boolean;
  readonly question: LockQuestion;
  readonly isThorough: boolean;
}

function sweepFor(procfs: Procfs, it: SweepFor, log: CoverageLog): LockSweep {
  const locks = it.queues.flat();
  const named = new Set(locks.flatMap(({ pid }) => (pid === null ? [] : [pid])));
  // One that its maker is not seen with can be another's, which shares all descriptors with it (CLONE_FILES).
  const needsEverybody = !it.isTableEnough || it.isThorough || !locks.every(isProcessOwned);
  const isKernelThread = (pid: number) => ((it.question.stats.get(pid)?.flags ?? 0) & PF.KTHREAD) !== 0;
  const pids = needsEverybody ? (valueOrNull(procfs.list())?.pids ?? []) : [...named];
  const wantsOpeners = locks.some((lock) => lock.waits && lock.kind === 'OFDLCK');
  const inodes = it.isTableEnough ? new Set(locks.flatMap(({ file }) => (file === null ? [] : [file.ino]))) : null;
  const plan = {
    pids: pids.filter((pid) => !isKernelThread(pid)),
    wantsOpeners,
    inodes,
    thoroughly: it.isThorough ? named : null,
  };
  return sweepLocks(procfs, plan, log);
}

interface Found {
  readonly holders: readonly HeldLockFact[];
  readonly sweep: LockSweep;
  /** What stood in the table afterwards. */
  readonly after: ReadonlySet<string>;
}

function withWaiters(procfs: Procfs, { holders, sweep, after }: Found, log: CoverageLog): LockFact[] {
  const told = holders.flatMap((held): HeldLockFact[] => {
    if (!hasGone(held, after)) return [held];
    // Whoever waits all the time is told, and that somebody was in front.
    return isStillWaitedFor(held, after) ? [{ ...held, fact: { ...held.fact, parties: [], seen: 'none' } }] : [];
  });
  const known = { after, ofdWaiters: findOfdWaiters(procfs, told, sweep.openers) };
  const facts = told.flatMap((held) => [held.fact, ...waitersBehind(procfs, held, known)]);
  const unknown = facts.filter(({ behind, seen, isSteady }) => {
    return behind !== null && isSteady && (seen === 'none' || seen === 'among');
  });
  if (unknown.length > 0) log.setCount('waiters_unseen', unknown.length);
  return facts;
}

/** It was let go of before anybody was seen with it; who waited for it may have got it. */
function hasGone({ fact }: HeldLockFact, after: ReadonlySet<string>): boolean {
  return !isSeen(fact) && !after.has(lockKey(fact.lock));
}

function isStillWaitedFor({ waiting }: HeldLockFact, after: ReadonlySet<string>): boolean {
  return waiting.some((lock) => after.has(lockKey(lock)));
}

/** Whether somebody was seen with it: the number that the table alone names may be another process's since. */
function isSeen({ parties }: LockFact): boolean {
  return parties.some(({ fd }) => fd !== null);
}

function noteMissing(table: Outcome<unknown>, log: CoverageLog): void {
  if (table.kind === 'malformed') log.addDamage(table.error, null);
  if (table.kind !== 'value') log.setCount('locks_unreadable', 1);
}
