import { PF, type ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { SessionTag } from '../model/session-tag.ts';
import type { ByteString } from '../model/text.ts';
import { ancestorsOf } from './ancestry.ts';
import { type OwnCgroup, ownCgroups, type Population } from './own-cgroups.ts';

/**
 * To which session each process counts: the nearest one above it, whatever terminal it is on.
 * A child that was given up by its parents is found again by the kernel session that it is in: that number is inherited
 * and never given, and stays taken for as long as somebody has it; and by a control group that is this session's alone.
 */
export class Membership {
  readonly #population: Population;
  /** The processes that are a session, or claim to be. */
  readonly #roots = new Map<number, { readonly startTimeTicks: bigint; readonly session: Session }>();
  readonly #known = new Map<string, SessionTag | null>();
  #bySid: ReadonlyMap<number, Session> | null = null;
  #cgroups: readonly OwnCgroup[] | null = null;

  constructor(population: Population) {
    this.#population = population;
    for (const session of population.sessions) {
      const { pid, startTimeTicks } = session;
      if (pid !== null && startTimeTicks !== null) this.#roots.set(pid, { startTimeTicks, session });
      for (const it of session.claimants) this.#roots.set(it.pid, { startTimeTicks: it.startTimeTicks, session });
    }
  }

  /** @param stat as read just now, or in the look: of a process that has lost its parent since, either will do */
  of(stat: ProcessStat): SessionTag | null {
    if ((stat.flags & PF.KTHREAD) !== 0) return null;
    const key = `${stat.pid}:${stat.startTimeTicks}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const tag = this.#byAncestry(stat) ?? this.#bySessionId(stat) ?? this.#byCgroup(stat);
    this.#known.set(key, tag);
    return tag;
  }

  #byAncestry(stat: ProcessStat): SessionTag | null {
    const { stats } = this.#population;
    const own = this.#rootAt(stat);
    if (own) return { session: own, by: 'owner' };
    const earlier = stats.get(stat.pid);
    for (const reading of [stat, ...(earlier?.startTimeTicks === stat.startTimeTicks ? [earlier] : [])]) {
      for (const ancestor of ancestorsOf(reading, stats)) {
        const session = this.#rootAt(ancestor);
        if (session) return { session, by: 'ancestry' };
      }
    }
    return null;
  }

  #rootAt({ pid, startTimeTicks }: ProcessStat): Session | null {
    const root = this.#roots.get(pid);
    return root?.startTimeTicks === startTimeTicks ? root.session : null;
  }

  #bySessionId(stat: ProcessStat): SessionTag | null {
    this.#bySid ??= this.#sessionIds();
    const below = this.#bySid.get(stat.sid);
    if (below) return { session: below, by: 'session_id' };
    const session = this.#orphanOf(stat);
    return session && { session, by: 'session_id' };
  }

  /** Kernel sessions that were made below a root: whoever is in one descends from it. */
  #sessionIds(): ReadonlyMap<number, Session> {
    const bySid = new Map<number, Session>();
    for (const stat of this.#population.stats.values()) {
      const session = this.#byAncestry(stat)?.session;
      if (!session || stat.sid <= 0) continue;
      const isRoots = [...this.#rootStats(session)].some((root) => root.sid === stat.sid && root.pid !== root.sid);
      if (!isRoots) bySid.set(stat.sid, session);
    }
    return bySid;
  }

  *#rootStats(session: Session): Generator<ProcessStat> {
    for (const pid of [session.pid, ...session.claimants.map((it) => it.pid)]) {
      const stat = pid === null ? undefined : this.#population.stats.get(pid);
      if (stat) yield stat;
    }
  }

  /** In the kernel session of exactly one session, which it is younger than, and no child of that terminal's shell. */
  #orphanOf(stat: ProcessStat): Session | null {
    if (stat.sid <= 0) return null;
    const { stats, sessions } = this.#population;
    for (const ancestor of ancestorsOf(stat, stats)) if (ancestor.sid === stat.sid) return null;
    if (stat.pid === stat.sid) return null;
    const there = sessions.filter((session) => [...this.#rootStats(session)].some((root) => root.sid === stat.sid));
    const [session] = there;
    if (!session || there.length > 1) return null;
    const isYounger = [...this.#rootStats(session)].every((root) => root.startTimeTicks <= stat.startTimeTicks);
    return isYounger ? session : null;
  }

  #byCgroup(stat: ProcessStat): SessionTag | null {
    this.#cgroups ??= ownCgroups(this.#population, (it) => this.#byAncestry(it) ?? this.#bySessionId(it));
    if (this.#cgroups.length === 0) return null;
    const path = this.#population.cgroupOf(stat.pid);
    const own = path === null ? undefined : this.#cgroups.find((it) => isWithin(path, it.path));
    return own ? { session: own.session, by: 'cgroup' } : null;
  }
}

function isWithin(path: ByteString, above: ByteString): boolean {
  return path === above || path.startsWith(`${above}/`);
}
