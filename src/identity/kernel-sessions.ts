import type { ProcessStat } from '../model/process.ts';
import type { Population } from './population.ts';

/**
 * Who made each kernel session (setsid(2)). Its number is its first process's, and is no other process's for as long as
 * anybody is in it, so whoever is in it descends from that process.
 */
export class KernelSessions {
  readonly #population: Population;
  #crossings: ReadonlyMap<number, readonly ProcessStat[]> | null = null;

  constructor(population: Population) {
    this.#population = population;
  }

  /**
   * Processes that all members descend from: the one that made it, while it lives; else those outside of it that are
   * parents of members. One outside that has only been given an orphan of it is above it too: that is who gets
   * orphans.
   */
  makersOf(stat: ProcessStat): readonly ProcessStat[] {
    const { sid } = stat;
    if (sid <= 0 || sid === stat.pid) return [];
    const leader = this.#population.stats.get(sid);
    if (leader) return leader.sid === sid && leader.startTimeTicks <= stat.startTimeTicks ? [leader] : [];
    this.#crossings ??= this.#readCrossings();
    return this.#crossings.get(sid) ?? [];
  }

  #readCrossings(): Map<number, ProcessStat[]> {
    const { stats, parentOf } = this.#population;
    const crossings = new Map<number, ProcessStat[]>();
    for (const stat of stats.values()) {
      if (stat.sid <= 0 || stats.has(stat.sid)) continue;
      const parent = parentOf(stat);
      if (!parent || parent.sid === stat.sid) continue;
      const known = crossings.get(stat.sid);
      if (known) known.push(parent);
      else crossings.set(stat.sid, [parent]);
    }
    return crossings;
  }
}
