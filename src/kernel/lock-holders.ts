import type { Lock, LockFact, LockParty, PartiesSeen } from '../model/lock.ts';
import { valueOrNull } from '../model/outcome.ts';
import { PF } from '../model/process.ts';
import type { LockSweep, SeenParty } from './lock-parties.ts';
import { type LockQueue, lockKey } from './lock-table.ts';
import { readStat } from './process-stat.ts';
import type { Procfs } from './procfs.ts';

/** A lock that is held, and who waits behind it, as the table tells them. */
export interface HeldLockFact {
  readonly fact: LockFact;
  readonly waiting: readonly Lock[];
  /** The descriptors that it goes with; none where they are shared out among several that are told in the same words. */
  readonly descriptors: readonly SeenParty[];
}

interface Seen {
  readonly queues: readonly LockQueue[];
  readonly sweep: LockSweep;
  /** What the makers of locks that nobody was seen with have by now: who shares one with them may be missing. */
  readonly makers: LockSweep | null;
  /** Whether everybody could be looked into. */
  readonly isComplete: boolean;
  /** Whether the table has every lock there is. */
  readonly isTableEnough: boolean;
}

/** Who has each lock: the table and the open files put together. */
export class HolderBook {
  /** Locks that nobody was seen with, a process that the table names included: its number may be another's since. */
  readonly unseen: Lock[] = [];
  readonly #procfs: Procfs;
  readonly #seen: Seen;
  readonly #found: HeldLockFact[] = [];

  constructor(procfs: Procfs, seen: Seen) {
    this.#procfs = procfs;
    this.#seen = seen;
    const byKey = new Map<string, LockQueue[]>();
    for (const queue of seen.queues) {
      const key = lockKey(queue[0]);
      const alike = byKey.get(key);
      if (alike) alike.push(queue);
      else byKey.set(key, [queue]);
    }
    for (const [key, alike] of byKey) this.#settle(alike, key);
    if (seen.isTableEnough) return;
    for (const [key, lock] of seen.sweep.locks) {
      if (!byKey.has(key)) this.#settle([[lock]], key);
    }
  }

  all(): readonly HeldLockFact[] {
    return this.#found;
  }

  /** @param alike locks that the kernel tells in the same words: one, nearly always */
  #settle(alike: readonly LockQueue[], key: string): void {
    const { sweep, makers } = this.#seen;
    const shared = sweep.parties.get(key);
    const parties = shared ?? makers?.parties.get(key) ?? [];
    const isComplete = this.#seen.isComplete && shared !== undefined;
    const isMany = alike.length > 1;
    // Each has an open file of its own: where there are no more descriptors than locks, there is one for each. Which one
    // has which is not told, and it matters once somebody waits for one of them.
    const isWaitedFor = alike.some((queue) => queue.length > 1);
    const isOneEach = isMany && isComplete && !isWaitedFor && parties.length <= alike.length;
    for (const [index, [head, ...waiting]] of alike.entries()) {
      const own = isOneEach ? parties.slice(index, index + 1) : parties;
      const seen = isMany && !isOneEach ? 'alike' : isComplete ? 'all' : 'part';
      this.#found.push({ fact: this.#factOf(head, own, seen), waiting, descriptors: seen === 'alike' ? [] : own });
    }
  }

  #factOf(lock: Lock, seenParties: readonly SeenParty[], howWell: PartiesSeen): LockFact {
    const path = seenParties.find((it) => it.path !== null)?.path ?? null;
    const fact = { lock, behind: null, path, isSteady: true };
    if (seenParties.length > 0) {
      const seen = isProcessOwned(lock) && lock.pid !== null ? 'all' : howWell;
      return { ...fact, parties: onePerProcess(seenParties), seen };
    }
    const named = this.#namedOwner(lock);
    if (named === null || isProcessOwned(lock)) this.unseen.push(lock);
    if (named) return { ...fact, parties: [named], seen: 'all' };
    return { ...fact, parties: [], seen: 'none' };
  }

  /** Such a lock ends with its process; and what a kernel thread has goes with no descriptor. */
  #namedOwner(lock: Lock): LockParty | null {
    const stat = lock.pid === null ? null : valueOrNull(readStat(this.#procfs, lock.pid));
    if (stat === null) return null;
    return isProcessOwned(lock) || (stat.flags & PF.KTHREAD) !== 0 ? { stat, fd: null } : null;
  }
}

/** A lock of fcntl(2)'s old kind is the process's that made it; whoever shares the open file has one of another kind. */
export function isProcessOwned({ kind }: Lock): boolean {
  return kind === 'POSIX' || kind === 'ACCESS';
}

/** A process that has an open file under two numbers has the lock once. */
function onePerProcess(parties: readonly SeenParty[]): LockParty[] {
  const byPid = new Map<number, LockParty>();
  for (const { stat, fd } of parties) if (!byPid.has(stat.pid)) byPid.set(stat.pid, { stat, fd });
  return [...byPid.values()];
}
