import { valueOrNull } from '../model/outcome.ts';
import { type ProcessStat, TICKS_PER_SECOND } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import { parseUptime } from './parse/uptime.ts';
import { readHeldStat, readStat } from './process-stat.ts';
import type { Procfs } from './procfs.ts';

/**
 * The tick at which a look begins: what has started before cannot have got its number meanwhile. Null where the
 * kernel's clock may not be read (subset=pid).
 *
 * Source: /proc/uptime
 * Needs:  nothing
 */
export function readNow(procfs: Procfs): bigint | null {
  const seconds = valueOrNull(parseOutcome(procfs.read('uptime'), parseUptime));
  // The kernel writes hundredths, cut off as start times are.
  return seconds === null ? null : BigInt(Math.round(seconds * TICKS_PER_SECOND));
}

/**
 * The parents of processes, each proven to be the one that is meant.
 * Processes are read one after another, so a parent's number may be another's in the table than it was when its child
 * was read. Whoever got that number during the look started during the look: it is younger than every child that was
 * there before, and a parent younger than its child is none. Only for a child that was born since the look began is
 * that no proof, and then the parent is held, and the child is asked once more while it is.
 */
export class Parents {
  readonly #procfs: Procfs;
  readonly #stats: ReadonlyMap<number, ProcessStat>;
  readonly #began: bigint;
  readonly #asked = new Map<ProcessStat, ProcessStat | null>();

  /**
   * Source: /proc/<pid>/stat of newborn processes and their parents
   * Needs:  nothing; under hidepid the processes' own user
   * @param stats every process of the look
   * @param began the tick at which the look began
   */
  constructor(procfs: Procfs, stats: ReadonlyMap<number, ProcessStat>, began: bigint | null) {
    this.#procfs = procfs;
    this.#stats = stats;
    // This program was there before its look, and tells the same of whatever is older than itself.
    this.#began = began ?? stats.get(procfs.selfPid)?.startTimeTicks ?? 0n;
  }

  /** The parent of a process as it was read; null where there is none in sight, or it cannot be proven. */
  of(child: ProcessStat): ProcessStat | null {
    if (child.ppid <= 0) return null;
    const parent = this.#stats.get(child.ppid) ?? null;
    if (child.startTimeTicks >= this.#began) return this.#ofNewborn(child, parent);
    return parent && parent.startTimeTicks <= child.startTimeTicks ? parent : null;
  }

  /**
   * Whether a process of the look is the one whose number another process has for its kernel session, or a newborn can
   * mean one that has the number since.
   */
  isMeant(leader: ProcessStat, member: ProcessStat): boolean {
    if (member.startTimeTicks < this.#began) return true;
    // Asked after the member was read: who is there before and after has had the number all the while.
    return valueOrNull(readStat(this.#procfs, leader.pid))?.startTimeTicks === leader.startTimeTicks;
  }

  #ofNewborn(child: ProcessStat, listed: ProcessStat | null): ProcessStat | null {
    const known = this.#asked.get(child);
    if (known !== undefined) return known;
    const parent = this.#confirmed(child, listed);
    this.#asked.set(child, parent);
    return parent;
  }

  #confirmed(child: ProcessStat, listed: ProcessStat | null): ProcessStat | null {
    const opened = this.#procfs.open(child.ppid);
    if (opened.kind !== 'value') return null;
    const held = opened.value;
    try {
      const parent = valueOrNull(readHeldStat(held));
      if (parent === null || parent.startTimeTicks > child.startTimeTicks) return null;
      // The same one before and after: the number was its own all the while.
      if (listed?.startTimeTicks === parent.startTimeTicks) return listed;
      const again = valueOrNull(readStat(this.#procfs, child.pid));
      const isSame = again?.startTimeTicks === child.startTimeTicks && again.ppid === child.ppid;
      return isSame ? valueOrNull(readHeldStat(held)) : null;
    } finally {
      held.close();
    }
  }
}
