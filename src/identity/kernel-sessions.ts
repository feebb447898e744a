import type { ProcessStat } from '../model/process.ts';
import type { Population } from './population.ts';

/** Whom all members of a kernel session descend from. */
export interface Maker {
  readonly stat: ProcessStat;
  /** Null where it is the one that made it; else the member that is its child, while it is outside itself. */
  readonly member: ProcessStat | null;
}

const NOBODY: readonly Maker[] = [];

/**
 * Who made each kernel session (setsid(2)). Its number is its first process's, and is no other process's for as long as
 * anybody is in it, so whoever is in it descends from that process.
 */
export class KernelSessions {
  readonly #population: Population;
  readonly #leaders = new Map<ProcessStat, readonly Maker[]>();
  #crossings: ReadonlyMap<number, readonly Maker[]> | null = null;

  constructor(population: Population) {
    this.#population = population;
  }

  /**
   * Processes that all members descend from: the one that made it, while it lives; else those outside of it that are
   * parents of members. One outside that has only been given an orphan of it is above it too: that is who gets
   * orphans.
   */
  makersOf(stat: ProcessStat): readonly Maker[] {
    const { sid } = stat;
    if (sid <= 0 || sid === stat.pid) return NOBODY;
    const leader = this.#population.stats.get(sid);
    if (leader) {
      return leader.sid === sid && leader.startTimeTicks <= stat.startTimeTicks ? this.#alone(leader) : NOBODY;
    }
    this.#crossings ??= this.#readCrossings();
    return this.#crossings.get(sid) ?? NOBODY;
  }

  #alone(leader: ProcessStat): readonly Maker[] {
    const known = this.#leaders.get(leader);
    if (known) return known;
    const makers = [{ stat: leader, member: null }];
    this.#leaders.set(leader, makers);
    return makers;
  }

  #readCrossings(): Map<number, Maker[]> {
    const { stats, parentOf } = this.#population;
    const crossings = new Map<number, Maker[]>();
    for (const stat of stats.values()) {
      if (stat.sid <= 0 || stats.has(stat.sid)) continue;
      const parent = parentOf(stat);
      if (!parent || parent.sid === stat.sid) continue;
      const known = crossings.get(stat.sid);
      const maker = { stat: parent, member: stat };
      if (known) known.push(maker);
      else crossings.set(stat.sid, [maker]);
    }
    return crossings;
  }
}
