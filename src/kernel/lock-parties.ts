import type { ParseError } from '../model/errors.ts';
import type { Lock, LockParty } from '../model/lock.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { livingTask } from './living-task.ts';
import { lockKey } from './lock-table.ts';
import { type LockedDescriptor, lockedDescriptors } from './locked-descriptors.ts';
import { parseProcStat } from './parse/proc-stat.ts';
import { readHeldStat } from './process-stat.ts';
import { type HeldProcess, type Link, type Procfs, withProcess } from './procfs.ts';

/** A process with a descriptor that a lock goes with, and what that one's link says. */
export interface SeenParty extends LockParty {
  readonly path: ByteString | null;
}

/** What was found among the open files of some processes. */
export interface LockSweep {
  /** Who has each lock, by its key. */
  readonly parties: ReadonlyMap<string, readonly SeenParty[]>;
  /** The same locks, as the open files tell them. */
  readonly locks: ReadonlyMap<string, Lock>;
  /** Who has a file of this name open, locked or not: for those who wait for one and are named nowhere. */
  readonly openers: ReadonlyMap<ByteString, ReadonlySet<number>>;
  /** Whose open files may not be seen. */
  readonly denied: ReadonlySet<number>;
}

/** Where to look. */
export interface SweepPlan {
  readonly pids: readonly number[];
  /** Every descriptor, and those of single threads of these; null: what is hardly ever locked is passed over. */
  readonly thoroughly: ReadonlySet<number> | null;
  readonly wantsOpeners: boolean;
  /** The inode numbers of all locked files; null where the table may lack some. */
  readonly inodes: ReadonlySet<bigint> | null;
}

/**
 * Looks through the open files of processes for locks. What a link says costs half of what is read to see a lock, and
 * most open files are sockets, pipes and terminals, which hardly anybody locks, or have a name under which another one was
 * seen that is not locked. They are passed over at first. That takes no holder away from another: the link of an open
 * file that is shared is the same for all who share it, so of one lock all holders are found, or none.
 *
 * Source: /proc/<pid>/fdinfo, fd, stat
 * Needs:  same uid or CAP_SYS_PTRACE for each process; those that may not be looked into are noted (`fd_denied`)
 */
export function sweepLocks(procfs: Procfs, plan: SweepPlan, log: CoverageLog): LockSweep {
  const sweep = new Sweep(procfs, plan, log);
  for (const pid of plan.pids) sweep.visit(pid);
  return sweep;
}

/** Some descriptors of a process or of a thread, by their names; with their links, where they are known. */
interface Descriptors {
  readonly prefix: string;
  readonly names: readonly ByteString[];
  readonly links?: ReadonlyMap<ByteString, ByteString>;
}

const NONE: Descriptors = { prefix: '', names: [] };

class Sweep implements LockSweep {
  readonly parties = new Map<string, SeenParty[]>();
  readonly locks = new Map<string, Lock>();
  readonly openers = new Map<ByteString, Set<number>>();
  readonly denied = new Set<number>();
  /** Whether a file of this name is a locked one, for those that have been looked at. */
  readonly #isLocked = new Map<ByteString, boolean>();
  readonly #procfs: Procfs;
  readonly #plan: SweepPlan;
  readonly #log: CoverageLog;

  constructor(procfs: Procfs, plan: SweepPlan, log: CoverageLog) {
    this.#procfs = procfs;
    this.#plan = plan;
    this.#log = log;
  }

  visit(pid: number): void {
    const { thoroughly, wantsOpeners } = this.#plan;
    const likely = thoroughly === null || wantsOpeners ? this.#likelyDescriptors(pid) : NONE;
    if (thoroughly === null && likely.names.length === 0) return;
    const opened = this.#procfs.open(pid);
    this.#note(pid, opened);
    if (opened.kind !== 'value') return;
    if (thoroughly === null) this.#search(pid, opened.value, likely);
    else this.#searchThoroughly(pid, opened.value, thoroughly.has(pid));
    opened.value.close();
  }

  #note(pid: number, outcome: Outcome<unknown>): void {
    if (outcome.kind !== 'denied') return;
    this.denied.add(pid);
    this.#log.addPid('fd_denied', pid);
  }

  /** The descriptors that may lead to a locked file, with their links. */
  #likelyDescriptors(pid: number): Descriptors {
    const likely = new Map<ByteString, ByteString>();
    const { prefix, links } = this.#linksOf(pid);
    for (const [name, target] of links) {
      if (!isOftenLocked(target)) continue;
      if (this.#plan.wantsOpeners) this.#addOpener(target, pid);
      if (this.#isLocked.get(target) !== false) likely.set(name, target);
    }
    return { prefix, names: [...likely.keys()], links: likely };
  }

  /** The first thread of a process lets go of its descriptors when it ends, and the others keep them. */
  #linksOf(pid: number): { readonly prefix: string; readonly links: readonly Link[] } {
    const { links, line } = this.#readLinks(pid, '');
    const stat = links.length > 0 || line === null ? null : valueOrNull(parseOutcome(value(line), parseProcStat));
    if (stat === null) return { prefix: '', links };
    const prefix = valueOrNull(withProcess(this.#procfs, pid, (held) => value(livingTask(held, stat)))) ?? '';
    return { prefix, links: prefix === '' ? [] : this.#readLinks(pid, prefix).links };
  }

  #readLinks(pid: number, prefix: string): { readonly links: readonly Link[]; readonly line: Uint8Array | null } {
    const found = this.#procfs.links(pid, `${prefix}fd`, '/');
    const links = found.kind === 'value' ? found.value.links : found;
    this.#note(pid, links);
    return { links: valueOrNull(links) ?? [], line: found.kind === 'value' ? found.value.stat : null };
  }

  #searchThoroughly(pid: number, held: HeldProcess, withThreads: boolean): void {
    const listing = held.list('fdinfo');
    this.#note(pid, listing);
    if (listing.kind === 'denied') return;
    const names = valueOrNull(listing) ?? [];
    this.#search(pid, held, { prefix: '', names });
    const tids = withThreads || names.length === 0 ? valueOrNull(held.list('task')) : null;
    for (const tid of tids ?? []) {
      const prefix = `task/${tid}/`;
      if (tid !== String(pid))
        this.#search(pid, held, { prefix, names: valueOrNull(held.list(`${prefix}fdinfo`)) ?? [] });
    }
  }

  #search(pid: number, held: HeldProcess, { prefix, names, links }: Descriptors): void {
    const onDamage = (error: ParseError) => this.#log.addDamage(error, pid);
    for (const it of lockedDescriptors(held, { prefix, names, onDamage })) {
      if (it.locks.length > 0) this.#add(held, prefix, it);
      const link = links?.get(it.name);
      if (link !== undefined) this.#learn(link, it);
    }
  }

  #learn(link: ByteString, { locks, inode }: LockedDescriptor): void {
    const { inodes } = this.#plan;
    if (locks.length > 0) this.#isLocked.set(link, true);
    else if (inodes !== null && inode !== null && !this.#isLocked.has(link))
      this.#isLocked.set(link, inodes.has(inode));
  }

  #addOpener(link: ByteString, pid: number): void {
    const known = this.openers.get(link);
    if (known) known.add(pid);
    else this.openers.set(link, new Set([pid]));
  }

  #add(held: HeldProcess, prefix: string, { name, locks }: LockedDescriptor): void {
    const stat = valueOrNull(readHeldStat(held));
    if (stat === null) return;
    const path = valueOrNull(held.readlink(`${prefix}fd/${name}`));
    const party = { stat, fd: Number(name), path };
    for (const lock of locks) {
      const key = lockKey(lock);
      const known = this.parties.get(key);
      // Threads mostly share their descriptors.
      if (known?.some((it) => it.stat.pid === stat.pid && it.fd === party.fd)) continue;
      if (known) known.push(party);
      else this.parties.set(key, [party]);
      this.locks.set(key, lock);
    }
  }
}

function isOftenLocked(link: ByteString): boolean {
  return link.startsWith('/') && link !== '/dev/null' && !link.startsWith('/dev/pts/');
}
