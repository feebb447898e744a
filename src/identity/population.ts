import type { ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { ByteString } from '../model/text.ts';

/** What membership is worked out from. */
export interface Population {
  readonly sessions: readonly Session[];
  /** Every process of the look. */
  readonly stats: ReadonlyMap<number, ProcessStat>;
  /** The parent of a process as it was read, where it is proven to be that one. */
  readonly parentOf: (stat: ProcessStat) => ProcessStat | null;
  /**
   * Whether a process of the look is the one whose number another one has for its kernel session: that number is taken
   * for as long as somebody has it, but who was born since the look began can have that of a successor.
   */
  readonly isMeant: (leader: ProcessStat, member: ProcessStat) => boolean;
  /** Whether a process is the first one of a pid namespace, which is given all orphans in it. */
  readonly isFirst: (stat: ProcessStat) => boolean;
  /**
   * The control groups of a process below the roots, each with its hierarchy before the path, the most telling first;
   * empty where they were not seen, and where the number is another's by now.
   */
  readonly cgroupsOf: (stat: ProcessStat) => readonly ByteString[];
  /** The processes in one of those and in those below it, by number; null where only each process can tell. */
  readonly membersOf: (cgroup: ByteString) => ReadonlySet<number> | null;
}

/** A process that is a session, or one of those that claim a home which has no single owner. */
export interface Root {
  readonly stat: ProcessStat;
  readonly session: Session;
}

/** The roots that the look has seen, by pid. Who has lost the election for a home is no part of its session. */
export function rootsOf({ sessions, stats }: Pick<Population, 'sessions' | 'stats'>): ReadonlyMap<number, Root> {
  const roots = new Map<number, Root>();
  for (const session of sessions) {
    const { pid, startTimeTicks, claimants } = session;
    for (const it of pid === null || startTimeTicks === null ? claimants : [{ pid, startTimeTicks }]) {
      const stat = stats.get(it.pid);
      if (stat?.startTimeTicks === it.startTimeTicks) roots.set(it.pid, { stat, session });
    }
  }
  return roots;
}

/** The parents of a process, nearest first, as far as they are proven. */
export function* chainOf(stat: ProcessStat, { stats, parentOf }: Population): Generator<ProcessStat> {
  let child = stat;
  // Numbers that were reused within a tick could lead in a circle.
  for (let steps = 0; steps <= stats.size; steps++) {
    const parent = parentOf(child);
    if (!parent) return;
    yield parent;
    child = parent;
  }
}

/** Whether one of these control groups is another, or lies within it; each has its hierarchy before the path. */
export function isWithin(lines: readonly ByteString[], above: ByteString): boolean {
  return lines.some((line) => line === above || line.startsWith(`${above}/`));
}
