import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import { Adopters } from './adopters.ts';
import { makerOf } from './kernel-sessions.ts';
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
  readonly #above = new Map<Root, ReadonlySet<ProcessStat>>();
  readonly #answers = new Map<Root, Map<ProcessStat, boolean>>();
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
    if (tag?.by === 'owner' || tag?.by === 'cgroup') return [];
    const possible = this.#rootsAmong(among).filter((root) => {
      if (stat.startTimeTicks < root.stat.startTimeTicks || root.session === tag?.session) return false;
      // What is known to be below a session may be an inner one's, which was given up, or is in the same kernel session.
      if (tag && !this.#membership.isBelow(root.session, tag.session)) return false;
      return tag?.by !== 'session_id' || root.stat.sid === stat.sid;
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

  /** Children of one parent have the same answer, so it is worked out once for each line of parents. */
  #mayDescend(stat: ProcessStat, root: Root): boolean {
    const known = this.#answers.get(root) ?? new Map<ProcessStat, boolean>();
    this.#answers.set(root, known);
    const line: ProcessStat[] = [];
    let may = false;
    for (let it: ProcessStat | null = stat; it && it.startTimeTicks >= root.stat.startTimeTicks; ) {
      const before = known.get(it);
      if (before !== undefined) {
        may = before;
        break;
      }
      // Numbers that were reused within a tick could lead in a circle, which ends here.
      known.set(it, false);
      line.push(it);
      const parent: ProcessStat | null = this.#population.parentOf(it);
      may = parent !== null && this.#adopts(parent, root) && this.#mayBeOrphanOf(it, root);
      if (may) break;
      it = parent;
    }
    for (const it of line) known.set(it, may);
    return may;
  }

  /** Whether an orphan of a session may have been given to a process: the first one, or one above the session. */
  #adopts(parent: ProcessStat, root: Root): boolean {
    if (parent.pid === 1) return true;
    const above = this.#above.get(root) ?? new Set(chainOf(root.stat, this.#population));
    this.#above.set(root, above);
    return above.has(parent) && (this.#adopters.has(parent) || this.#population.isFirst(parent));
  }

  /** Whether one that was given to another may have been left by a session. */
  #mayBeOrphanOf(orphan: ProcessStat, root: Root): boolean {
    const [group] = this.#population.cgroupsOf(root.stat);
    const groups = this.#population.cgroupsOf(orphan);
    if (group === undefined ? groups.length > 0 : !isWithin(groups, group)) return false;
    // Whoever is in a kernel session descends from the one that made it, if that one lives.
    const maker = makerOf(orphan, this.#population);
    return !maker || root.stat.sid === orphan.sid || this.#mayDescend(maker, root);
  }
}
