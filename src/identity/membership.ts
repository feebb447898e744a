import { PF, type ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { SessionTag } from '../model/session-tag.ts';
import { makerOf } from './kernel-sessions.ts';
import { OwnCgroups } from './own-cgroups.ts';
import { type Population, rootsOf } from './population.ts';

/** One step from a process to its session: the process that is reached, and how. */
export interface Step {
  readonly stat: ProcessStat;
  /** `child`: the one before is its child. `kernel_session`: it is in a kernel session made by this one. */
  readonly by: 'itself' | 'child' | 'kernel_session' | 'cgroup';
}

/**
 * To which session each process counts: the nearest one above it that is certain, whatever terminal it is on.
 *
 * - Its parents, as the kernel has them now, lead to a session's process.
 * - A process whose parent has ended is given to another, and its own line is lost. The kernel session (setsid(2)) that
 *   it is in is left: that number is inherited and never given, and stays taken for as long as somebody has it. All who
 *   have it descend from the process that made it, and while that one lives it is known who that is.
 * - What has left its kernel session as well is found in a control group that is one session's alone.
 *
 * What only may descend from a session counts to none: `Doubts` tells those.
 */
export class Membership {
  readonly #population: Population;
  readonly #roots: ReadonlyMap<number, { readonly stat: ProcessStat; readonly session: Session }>;
  readonly #known = new Map<ProcessStat, SessionTag | null>();
  /** The session that each was started below; undefined for none. */
  readonly #outer = new Map<Session, Session | undefined>();
  readonly #cgroups: OwnCgroups;
  readonly #inCgroup = new Map<ProcessStat, Session | null>();

  constructor(population: Population) {
    this.#population = population;
    this.#roots = rootsOf(population);
    this.#cgroups = new OwnCgroups(population, (stat) => this.#byDescent(stat));
  }

  /** @param stat as read just now, or in the look: of a process that has lost its parent since, the look's is used too */
  of(stat: ProcessStat): SessionTag | null {
    if ((stat.flags & PF.KTHREAD) !== 0) return null;
    const now = this.#whole(stat);
    const earlier = this.#population.stats.get(stat.pid);
    if (!earlier || earlier === stat || earlier.startTimeTicks !== stat.startTimeTicks) return now;
    return this.#nearer(now, this.#whole(earlier));
  }

  /**
   * How a process is led to the session that it counts to, or to the topmost parent in sight where it counts to none.
   * @param stat as it stands in the look, or of a process that is younger
   */
  line(stat: ProcessStat): Step[] {
    const tag = this.#whole(stat);
    const steps: Step[] = [{ stat, by: 'itself' }];
    let at = stat;
    for (let count = 0; count <= this.#population.stats.size && !this.#asOwner(at); count++) {
      if (tag?.by === 'cgroup' && this.#cgroups.of(at) === tag.session) {
        const root = [...this.#roots.values()].find(({ session }) => session === tag.session);
        return root ? [...steps, { stat: root.stat, by: 'cgroup' }] : steps;
      }
      const next = this.#nextStep(at, tag);
      if (!next) break;
      steps.push(next);
      at = next.stat;
    }
    return steps;
  }

  #nextStep(at: ProcessStat, tag: SessionTag | null): Step | null {
    const parent = this.#population.parentOf(at);
    const leads = (stat: ProcessStat) => this.#byDescent(stat)?.session === tag?.session;
    if (parent && (tag === null || tag.by === 'cgroup' || leads(parent))) {
      return { stat: parent, by: 'child' };
    }
    const maker = makerOf(at, this.#population);
    return maker && leads(maker) ? { stat: maker, by: 'kernel_session' } : null;
  }

  /** Whether one session's process has been started below another's. */
  isBelow(inner: Session, outer: Session): boolean {
    const seen = new Set<Session>();
    for (let at: Session | undefined = inner; at && !seen.has(at); at = this.#above(at)) {
      if (at === outer) return at !== inner;
      seen.add(at);
    }
    return false;
  }

  #whole(stat: ProcessStat): SessionTag | null {
    const own = this.#byDescent(stat);
    if (own !== null) return own;
    const session = this.#byCgroup(stat);
    return session && { session, by: 'cgroup' };
  }

  /** Of the process, or else of the nearest of its parents that is in one. */
  #byCgroup(stat: ProcessStat): Session | null {
    const line: ProcessStat[] = [];
    let found: Session | null = null;
    for (let it: ProcessStat | null = stat; it && line.length <= this.#population.stats.size; ) {
      const known = this.#inCgroup.get(it);
      found = known === undefined ? this.#cgroups.of(it) : known;
      line.push(it);
      if (known !== undefined || found) break;
      it = this.#population.parentOf(it);
    }
    for (const it of line) this.#inCgroup.set(it, found);
    return found;
  }

  #byDescent(stat: ProcessStat): SessionTag | null {
    const known = this.#known.get(stat);
    if (known !== undefined) return known;
    // From the top down: a line of parents can be longer than calls may be nested.
    const { parentOf, stats } = this.#population;
    let parent = parentOf(stat);
    if (!parent || this.#known.has(parent)) return this.#decide(stat);
    const line = [stat];
    while (parent && line.length <= stats.size && !this.#known.has(parent) && !this.#asOwner(parent)) {
      line.push(parent);
      parent = parentOf(parent);
    }
    for (const it of line.reverse()) this.#decide(it);
    return this.#known.get(stat) ?? null;
  }

  #decide(stat: ProcessStat): SessionTag | null {
    // Numbers that were reused within a tick could lead in a circle, which ends here.
    this.#known.set(stat, null);
    const tag = this.#asOwner(stat) ?? this.#nearer(this.#byParent(stat), this.#byKernelSession(stat));
    this.#known.set(stat, tag);
    return tag;
  }

  #asOwner(stat: ProcessStat): SessionTag | null {
    const root = this.#roots.get(stat.pid);
    return root?.stat.startTimeTicks === stat.startTimeTicks ? { session: root.session, by: 'owner' } : null;
  }

  /** What descends from one that is found by its kernel session or control group counts by the same. */
  #byParent(stat: ProcessStat): SessionTag | null {
    const parent = this.#population.parentOf(stat);
    const tag = parent && this.#byDescent(parent);
    if (tag?.by !== 'owner') return tag;
    return { session: tag.session, by: 'ancestry' };
  }

  #byKernelSession(stat: ProcessStat): SessionTag | null {
    const maker = makerOf(stat, this.#population);
    const tag = maker && this.#byDescent(maker);
    return tag && { session: tag.session, by: 'session_id' };
  }

  /** Of two that both hold the one further down; where neither is below the other, what is said second. */
  #nearer(one: SessionTag | null, other: SessionTag | null): SessionTag | null {
    if (!one || !other) return one ?? other;
    return one.session === other.session || this.isBelow(one.session, other.session) ? one : other;
  }

  #above(session: Session): Session | undefined {
    if (this.#outer.has(session)) return this.#outer.get(session);
    this.#outer.set(session, undefined);
    for (const root of this.#roots.values()) {
      if (root.session !== session) continue;
      const tag = this.#nearer(this.#byParent(root.stat), this.#byKernelSession(root.stat));
      if (tag && tag.session !== session) this.#outer.set(session, tag.session);
    }
    return this.#outer.get(session);
  }
}
