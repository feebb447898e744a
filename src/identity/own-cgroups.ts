import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { SessionTag } from '../model/session-tag.ts';
import type { ByteString } from '../model/text.ts';
import { Adopters, isContainerInit } from './adopters.ts';
import { chainOf, isWithin, type Population, type Root, rootsOf } from './population.ts';

/** A control group that was made for a session. */
interface OwnCgroup {
  /** With its hierarchy before it. */
  readonly path: ByteString;
  readonly root: Root;
  /** The processes of it that have started the session: none, or the init of a container. */
  readonly starters: ReadonlySet<ProcessStat>;
  /** Who has started the first process in it, from outside. */
  readonly maker: ProcessStat | null;
}

/**
 * The control groups that a session has for itself, as `docker run IMAGE agent`, `systemd-run --scope agent` and
 * `tmux new-window agent` with a scope for each pane give them: the session's process is the first one in it, or only
 * an init comes before, and whatever else is in it descends from the session or has lost its parents.
 *
 * A group in which a shell has started the session is none: that shell's orphans are in it as well. Nor is one with a
 * process that was put into it from outside (`docker exec`), or that is older than the session.
 */
export class OwnCgroups {
  readonly #population: Population;
  readonly #tagOf: (stat: ProcessStat) => SessionTag | null;
  readonly #adopters: Adopters;
  readonly #all: readonly Root[];
  /** Those that own their home alone: who only claims one has nothing for itself. */
  readonly #roots: readonly Root[];
  /** When the first of them started. */
  #oldest: bigint | null = null;
  #made: readonly OwnCgroup[] | null = null;
  readonly #isAlone = new Map<OwnCgroup, boolean>();

  /** @param tagOf to which session a process counts by its descent */
  constructor(population: Population, tagOf: (stat: ProcessStat) => SessionTag | null) {
    this.#population = population;
    this.#tagOf = tagOf;
    this.#adopters = new Adopters(population);
    this.#all = [...rootsOf(population).values()];
    this.#roots = this.#all.filter(({ session }) => session.pid !== null);
    for (const { stat } of this.#roots) {
      if (this.#oldest === null || stat.startTimeTicks < this.#oldest) this.#oldest = stat.startTimeTicks;
    }
  }

  /** The session that a process which has lost its parents is found in; null where there is none. */
  of(stat: ProcessStat): Session | null {
    // Most processes are told by this alone, and then nothing is read.
    if (this.#oldest === null || stat.startTimeTicks < this.#oldest || !this.#mayBeOrphan(stat)) return null;
    const candidates = this.#groups.filter((it) => this.#isOrphanOf(stat, it));
    if (candidates.length === 0) return null;
    const lines = this.#population.cgroupsOf(stat);
    // The innermost: groups can lie within each other.
    const [own] = candidates
      .filter((it) => isWithin(lines, it.path))
      .sort((one, other) => other.path.length - one.path.length);
    return own && this.#isAloneIn(own) ? own.root.session : null;
  }

  #mayBeOrphan(stat: ProcessStat): boolean {
    const parent = this.#population.parentOf(stat);
    return parent !== null && this.#adopters.has(parent);
  }

  get #groups(): readonly OwnCgroup[] {
    this.#made ??= this.#find();
    return this.#made;
  }

  #find(): OwnCgroup[] {
    return this.#roots.flatMap((root): OwnCgroup[] => {
      const [path] = this.#population.cgroupsOf(root.stat);
      if (path === undefined) return [];
      const starters = new Set<ProcessStat>();
      for (const ancestor of chainOf(root.stat, this.#population)) {
        if (!isWithin(this.#population.cgroupsOf(ancestor), path)) return [{ path, root, starters, maker: ancestor }];
        if (!isContainerInit(ancestor)) return [];
        starters.add(ancestor);
      }
      return [{ path, root, starters, maker: null }];
    });
  }

  /**
   * Younger than the session, and the child of one that has been given it: the init of the group, or, outside of it,
   * an ancestor that takes in orphans and has not started the group itself: what that one has in the group it has
   * started there (`docker exec`).
   */
  #isOrphanOf(stat: ProcessStat, { root, starters, maker }: OwnCgroup): boolean {
    if (stat.startTimeTicks < root.stat.startTimeTicks) return false;
    const parent = this.#population.parentOf(stat);
    if (!parent || parent === maker) return false;
    if (starters.has(parent) || parent.pid === 1) return true;
    if (!this.#adopters.has(parent)) return false;
    for (const ancestor of chainOf(root.stat, this.#population)) if (ancestor === parent) return true;
    return false;
  }

  #isAloneIn(group: OwnCgroup): boolean {
    const known = this.#isAlone.get(group);
    if (known !== undefined) return known;
    const { stats } = this.#population;
    const members = this.#population.membersOf(group.path);
    const all = members === null ? [...stats.values()] : [...members].flatMap((pid) => stats.get(pid) ?? []);
    const isIn = (stat: ProcessStat) => {
      return members === null ? isWithin(this.#population.cgroupsOf(stat), group.path) : members.has(stat.pid);
    };
    // 0 is a process of another pid namespace, which nobody here can be told of.
    const isAlone = !members?.has(0) && !all.some((stat) => this.#isStranger(stat, group, isIn));
    this.#isAlone.set(group, isAlone);
    return isAlone;
  }

  #isStranger(stat: ProcessStat, group: OwnCgroup, isIn: (stat: ProcessStat) => boolean): boolean {
    if ((stat.flags & PF.KTHREAD) !== 0 || isEnding(stat) || group.starters.has(stat)) return false;
    const tag = this.#tagOf(stat);
    if (tag && this.#isOfTree(tag.session, group)) return false;
    if (!isIn(stat)) return false;
    if (tag) return true;
    for (const it of [stat, ...chainOf(stat, this.#population)]) {
      if (!isIn(it)) return true;
      if (this.#isOrphanOf(it, group)) return false;
    }
    return true;
  }

  /** The session itself, or one that was started below it. */
  #isOfTree(session: Session, { root }: OwnCgroup): boolean {
    if (session === root.session) return true;
    const inner = this.#all.find((it) => it.session === session);
    if (!inner) return false;
    for (const ancestor of chainOf(inner.stat, this.#population)) if (ancestor === root.stat) return true;
    return false;
  }
}
