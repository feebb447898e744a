import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import { Adopters } from './adopters.ts';
import type { Membership } from './membership.ts';
import { chainOf, isWithin, type Population, type Root, rootsOf } from './population.ts';

/**
 * The processes that may count to a session, and of which the kernel keeps nothing that would say so: their parents
 * have ended, and they have made a kernel session of their own, or share one with the session and with others. They
 * count to none, and a row that belongs to a session may be missing for them.
 *
 * What has started before the session, or is in another control group, is ruled out: control groups are inherited, and
 * to be moved out of one takes somebody who does so on purpose.
 */
export class Doubts {
  readonly #population: Population;
  readonly #membership: Membership;
  readonly #roots: readonly Root[];
  readonly #adopters: Adopters;
  /** The sessions that were asked for last: all processes are asked of the same. */
  #asked: { readonly among: ReadonlySet<Session>; readonly roots: readonly Root[] } | null = null;

  constructor(population: Population, membership: Membership) {
    this.#population = population;
    this.#membership = membership;
    this.#adopters = new Adopters(population);
    this.#roots = [...rootsOf(population).values()];
  }

  /**
   * The sessions that a process may count to beside, or instead of, the one that it is known to count to.
   * @param among only these; null: all
   */
  of(stat: ProcessStat, among: ReadonlySet<Session> | null = null): Session[] {
    if ((stat.flags & PF.KTHREAD) !== 0 || isEnding(stat)) return [];
    const tag = this.#membership.of(stat);
    if (tag && tag.by !== 'session_id') return [];
    const possible = this.#rootsAmong(among).filter((root) => {
      if (stat.startTimeTicks < root.stat.startTimeTicks || root.session === tag?.session) return false;
      // It may be an inner session's orphan, in the kernel session that both are in.
      if (tag) return root.stat.sid === stat.sid && this.#membership.isBelow(root.session, tag.session);
      return true;
    });
    const sessions = possible.filter((root) => this.#mayDescend(stat, root)).map((root) => root.session);
    return [...new Set(sessions)];
  }

  #rootsAmong(among: ReadonlySet<Session> | null): readonly Root[] {
    if (among === null) return this.#roots;
    if (this.#asked?.among !== among) {
      this.#asked = { among, roots: this.#roots.filter(({ session }) => among.has(session)) };
    }
    return this.#asked.roots;
  }

  #mayDescend(stat: ProcessStat, root: Root): boolean {
    let it = stat;
    for (const parent of chainOf(stat, this.#population)) {
      if (it.startTimeTicks < root.stat.startTimeTicks) return false;
      if (this.#adopters.has(parent) && this.#mayBeOrphanOf(it, parent, root)) return true;
      it = parent;
    }
    return false;
  }

  /** Whether one that this parent may have been given was left by a session. */
  #mayBeOrphanOf(orphan: ProcessStat, adopter: ProcessStat, root: Root): boolean {
    if (adopter.pid !== 1 && ![...chainOf(root.stat, this.#population)].includes(adopter)) return false;
    const [group] = this.#population.cgroupsOf(root.stat);
    const groups = this.#population.cgroupsOf(orphan);
    if (group === undefined ? groups.length > 0 : !isWithin(groups, group)) return false;
    // Whoever is in a kernel session descends from the one that made it, if that one lives.
    const maker = orphan.sid === orphan.pid ? undefined : this.#population.stats.get(orphan.sid);
    return !maker || root.stat.sid === orphan.sid || this.#mayDescend(maker, root);
  }
}
