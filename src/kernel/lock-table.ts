import type { Lock } from '../model/lock.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { INITIAL_PID_NAMESPACE } from './census.ts';
import { parseProcLocks } from './parse/proc-locks.ts';
import type { Procfs } from './procfs.ts';

/** A lock that is held, and behind it all who wait for it, in the order of the table. */
export type LockQueue = readonly [Lock, ...Lock[]];

/** The kernel hands over a page at once, of one moment; what is longer comes in pieces, and between two it may change. */
const ONE_PIECE_BYTES = 4096;

/** By how much later readings are shifted against each other: about a quarter of a piece, and no multiple of a line. */
const ODD_BYTES = 997;

/**
 * How often a longer table is read until two readings are alike. Where locks come and go all the time they never are, and it
 * is the same lock that every second reading misses, the one at the end of a piece: with four readings one was missed (tried).
 */
const MOST_READINGS = 12;

/**
 * Reads the table of locks. A long one comes in pieces, and the kernel goes on by counting: where a lock in front goes
 * meanwhile, one that was there all the time is left out, and where one comes, another is told twice. So it is read until
 * two readings are alike. What any of them had is told, and as often as the one that has it least.
 *
 * Source: /proc/locks
 * Needs:  nothing
 */
export function readLockTable(procfs: Procfs): Outcome<readonly LockQueue[]> {
  let known: readonly LockQueue[] | null = null;
  const least = new Map<string, number>();
  for (let reading = 1; ; reading++) {
    // Where a piece ends is another place each time: what stands there would be told twice by all of them.
    const bytes = procfs.read('locks', reading === 1 ? undefined : 1 + ((reading * ODD_BYTES) % ONE_PIECE_BYTES));
    const isOnePiece = bytes.kind === 'value' && bytes.value.length < ONE_PIECE_BYTES;
    const locks = parseOutcome(bytes, parseProcLocks);
    if (locks.kind !== 'value') return locks;
    const queues = queuesOf(locks.value);
    if (isOnePiece && known === null) return value(queues);
    for (const [key, count] of countsOf(queues)) least.set(key, Math.min(count, least.get(key) ?? count));
    const merged: readonly LockQueue[] = known === null ? queues : withMissing(queues, known);
    const isSettled = known !== null && !hasTwins(queues) && areAlike(queues, known);
    if (isSettled || reading === MOST_READINGS) return value(withoutRepeated(merged, least));
    known = merged;
  }
}

/**
 * Whether the table has the locks of every pid namespace.
 *
 * Source: /proc/self/ns/pid
 * Needs:  nothing
 */
export function seesAllLocks(procfs: Procfs): boolean {
  return valueOrNull(procfs.readlink('self/ns/pid')) === `pid:[${INITIAL_PID_NAMESPACE}]`;
}

/** What one lock and another have in common if they are the same: everything but where they stand in the table. */
export function lockKey({ kind, waits, mode, pid, file, startByte, endByte }: Lock): string {
  // What a lease is to become is its mode while it is broken.
  const isLease = kind === 'LEASE' || kind === 'DELEG';
  return `${kind} ${waits} ${isLease ? '' : mode} ${pid} ${file?.dev}:${file?.ino} ${startByte} ${endByte}`;
}

/** Each lock with those behind it: the kernel lists them below it. */
function queuesOf(locks: readonly Lock[]): LockQueue[] {
  const queues: [Lock, ...Lock[]][] = [];
  for (const lock of locks) {
    const last = queues.at(-1);
    if (lock.waits && last?.[0].id === lock.id) last.push(lock);
    else queues.push([lock]);
  }
  return queues;
}

function withMissing(queues: readonly LockQueue[], known: readonly LockQueue[]): readonly LockQueue[] {
  const counts = countsOf(queues);
  const missing = known.filter(([head]) => {
    const left = counts.get(lockKey(head)) ?? 0;
    counts.set(lockKey(head), left - 1);
    return left <= 0;
  });
  return missing.length === 0 ? queues : [...queues, ...missing];
}

function areAlike(queues: readonly LockQueue[], known: readonly LockQueue[]): boolean {
  const keysOf = (all: readonly LockQueue[]) => all.map((queue) => queue.map(lockKey).join('\n')).sort();
  const [left, right] = [keysOf(queues), keysOf(known)];
  return left.length === right.length && left.every((key, index) => key === right[index]);
}

/** Two of the same words, one after the other: it may be one that was told twice. */
function hasTwins(queues: readonly LockQueue[]): boolean {
  return queues.some(([head], index) => {
    const before = queues[index - 1]?.[0];
    return before !== undefined && head.kind !== 'POSIX' && lockKey(before) === lockKey(head);
  });
}

function withoutRepeated(queues: readonly LockQueue[], least: ReadonlyMap<string, number>): readonly LockQueue[] {
  const told = new Map<string, number>();
  return queues.filter(([head]) => {
    const key = lockKey(head);
    const count = (told.get(key) ?? 0) + 1;
    told.set(key, count);
    // Of a process's own locks no two are of the same bytes.
    return count <= (head.kind === 'POSIX' ? 1 : (least.get(key) ?? 1));
  });
}

function countsOf(queues: readonly LockQueue[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [head] of queues) counts.set(lockKey(head), (counts.get(lockKey(head)) ?? 0) + 1);
  return counts;
}
