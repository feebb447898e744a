import type { LockFact, LockParty } from '../model/lock.ts';

/** What a waiter stands behind, the nearest first: others that wait, and the lock. */
export function* inFrontOf(fact: LockFact): Generator<LockFact> {
  for (let it = fact.behind; it !== null; it = it.behind) yield it;
}

/** The same as far as it is known who that is: of waiters in the same words each may be the one in front, or behind. */
function* knownInFrontOf(fact: LockFact): Generator<LockFact, undefined> {
  for (const it of inFrontOf(fact)) if (it.behind === null || it.seen === 'all') yield it;
}

/** The nearest that a waiter is known to stand behind; null for a lock that is held. */
export function nearestInFront(fact: LockFact): LockFact | null {
  return knownInFrontOf(fact).next().value ?? null;
}

/** The parties of what stands in front that a waiter waits for: a lock of the same open file is in nobody's way. */
export function inTheWayOf({ stat, fd }: LockParty, waiting: LockFact, front: LockFact): readonly LockParty[] {
  const canBeOwn = front.behind === null && front.lock.kind === 'OFDLCK' && waiting.lock.kind === 'OFDLCK';
  return canBeOwn ? front.parties.filter((it) => it.stat.pid !== stat.pid || it.fd !== fd) : front.parties;
}

/** The processes in front of a waiter, each once. */
export function blockersOf(fact: LockFact): LockParty[] {
  const byPid = new Map<number, LockParty>();
  for (const front of knownInFrontOf(fact)) {
    const [only, ...others] = fact.parties;
    const blockers = only && others.length === 0 ? inTheWayOf(only, fact, front) : front.parties;
    for (const it of blockers) if (!byPid.has(it.stat.pid)) byPid.set(it.stat.pid, it);
  }
  return [...byPid.values()];
}
