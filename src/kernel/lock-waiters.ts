import type { Lock, LockFact } from '../model/lock.ts';
import { value, valueOrNull } from '../model/outcome.ts';
import type { HeldLockFact } from './lock-holders.ts';
import { lockKey } from './lock-table.ts';
import { lockWaits } from './lock-waits.ts';
import { isNameless, type OfdWaiters, type Sleeper } from './ofd-waiters.ts';
import { readHeldStat } from './process-stat.ts';
import { type Procfs, withProcess } from './procfs.ts';

/** What is known beside the table. */
interface Known {
  readonly ofdWaiters: ReadonlyMap<LockFact, OfdWaiters>;
  /** What stood in the table afterwards. */
  readonly after: ReadonlySet<string>;
}

/**
 * Who waits behind a lock, in the order of the table: each stands behind the nearest one above that is less far in.
 *
 * Source: /proc/<pid>/stat, task/<tid>/syscall, fd, fdinfo
 * Needs:  nothing for who it is, but for locks of open files; the right to trace the process for its descriptor
 */
export function waitersBehind(procfs: Procfs, { fact: head, waiting }: HeldLockFact, known: Known): LockFact[] {
  const chain: LockFact[] = [head];
  return waiting.map((lock) => {
    while (chain.length > 1 && (chain.at(-1)?.lock.depth ?? 0) >= lock.depth) chain.pop();
    const behind = chain.at(-1) ?? head;
    const { parties, seen } = isNameless(lock)
      ? (known.ofdWaiters.get(head) ?? NOBODY)
      : namedWaiter(procfs, lock, head);
    const path = parties.find((it) => it.path !== null)?.path ?? head.path;
    const fact = { lock, behind, parties, seen, path, isSteady: known.after.has(lockKey(lock)) };
    chain.push(fact);
    return fact;
  });
}

const NOBODY: OfdWaiters = { parties: [], seen: 'none' };

/** The process that the table names, and the descriptor that one of its threads waits at. */
function namedWaiter(procfs: Procfs, lock: Lock, head: LockFact): OfdWaiters {
  if (lock.pid === null) return NOBODY;
  const ino = lock.file?.ino;
  const sleeper = withProcess(procfs, lock.pid, (held) => {
    const stat = readHeldStat(held);
    if (stat.kind !== 'value') return stat;
    // Another thread may wait for a lock on another file, and this one may have got its own since.
    const own = (valueOrNull(lockWaits(held)) ?? []).find(({ kind, path, inode }) => {
      return kind === lock.kind && (inode === null ? path !== null && path === head.path : inode === ino);
    });
    return value<Sleeper>({ stat: stat.value, fd: own?.fd ?? null, path: own?.path ?? null });
  });
  return sleeper.kind === 'value' ? { parties: [sleeper.value], seen: 'all' } : NOBODY;
}
