import { readLocks } from '../kernel/locks.ts';
import { withQuickLinks } from '../kernel/quick-links.ts';
import type { CoverageCode } from '../model/coverage.ts';
import type { LockFact } from '../model/lock.ts';
import type { JoinedParty, LockEntry } from '../model/lock-entry.ts';
import { distinctTags } from '../model/session-tag.ts';
import { blockersOf, inFrontOf } from './blockers.ts';
import type { Ask, MachineLook } from './machine-look.ts';
import { waitCycles } from './wait-cycles.ts';

/** What says that there are processes beyond those that the look has. */
const HIDES_PROCESSES: ReadonlySet<CoverageCode> = new Set([
  'pid_namespace',
  'foreign_procfs',
  'hidden',
  'uncountable',
  'churn',
]);

/**
 * Every lock and whoever waits for one, with the sessions of their processes.
 *
 * Needs: same uid or CAP_SYS_PTRACE for the open files of each process
 */
export async function readLockEntries(look: MachineLook, ask: Ask): Promise<LockEntry[]> {
  const seesEverybody = look.snapshot.coverage.reasons.every(({ code }) => !HIDES_PROCESSES.has(code));
  const procfs = await withQuickLinks(look.machine.procfs);
  const facts = readLocks(procfs, { stats: look.stats, seesEverybody }, look.log);
  const ids = new Map(facts.map((fact, index) => [fact, index + 1]));
  const blocked = blockedBehind(facts);
  const cycles = waitCycles(facts);
  const entries = facts.map((fact, index): LockEntry => {
    const parties = fact.parties.map((it): JoinedParty => ({ ...it, tag: look.tagOf(it.stat) }));
    return {
      id: index + 1,
      fact,
      parties,
      waitsFor: fact.behind && (ids.get(fact.behind) ?? null),
      blockers: blockersOf(fact),
      blocked: blocked.get(fact) ?? 0,
      cycle: cycles.get(fact) ?? null,
      sessions: distinctTags(parties.map(({ tag }) => tag)),
    };
  });
  return ask.options['deadlocks'] === undefined ? entries : inCycles(entries);
}

/** Those that wait for each other, circle by circle. */
function inCycles(entries: readonly LockEntry[]): LockEntry[] {
  const numberOf = ({ cycle }: LockEntry) => cycle?.number ?? 0;
  return entries.filter(({ cycle }) => cycle !== null).sort((a, b) => numberOf(a) - numberOf(b) || a.id - b.id);
}

function blockedBehind(facts: readonly LockFact[]): Map<LockFact, number> {
  const counts = new Map<LockFact, number>();
  for (const fact of facts) for (const it of inFrontOf(fact)) counts.set(it, (counts.get(it) ?? 0) + 1);
  return counts;
}
