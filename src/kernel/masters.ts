import { type Outcome, valueOrNull } from '../model/outcome.ts';
import type { TerminalHolder } from '../model/pane.ts';
import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import type { Terminal } from '../model/terminal.ts';
import { toText } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { CoverageLog } from './coverage.ts';
import { parseTtyIndex } from './parse/proc-fdinfo.ts';
import { parseProcStat } from './parse/proc-stat.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';
import { Terminals } from './terminals.ts';

/** Who holds a terminal's master, or why that is not known. */
export type MasterFound =
  | { readonly kind: 'held'; readonly holder: TerminalHolder }
  /** Every process was looked into, and none holds it: what holds it is in no process (a socket on its way). */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'unseen'; readonly why: string };

/** What one process holds, by the number of the terminal. */
type Held = ReadonlyMap<number, readonly string[]>;

/** The parents above a terminal's first process that are asked before everybody is. */
const MOST_ANCESTORS = 3;

/**
 * Finds who holds the master sides of terminals, in one look.
 * The kernel says of each open master which terminal it belongs to, so neither parents, names nor environments are
 * believed. Whoever has opened a terminal is mostly the parent of its first process, so the parents are asked first;
 * where they do not hold it (a server that handed it over, or has forked away) all processes are.
 *
 * Source: /proc/<pid>/fd/<fd>; fdinfo/<fd>, line tty-index, since Linux 4.12; root/dev; stat
 * Needs:  same uid or CAP_SYS_PTRACE for the holder; one that may not be looked into is `unseen`
 */
export class Masters {
  readonly #procfs: Procfs;
  readonly #terminals: Terminals;
  readonly #heldBy = new Map<number, Outcome<Held>>();
  #everybody: readonly number[] | null = null;

  constructor(procfs: Procfs) {
    this.#procfs = procfs;
    this.#terminals = new Terminals(procfs, new CoverageLog());
  }

  /**
   * @param terminal a pseudo-terminal with its devpts instance: pts/0 of a container is another one than the host's
   * @param leader the terminal's session leader, whose parents are asked first
   */
  of(terminal: Terminal, leader: number): MasterFound {
    const { index, dev } = terminal;
    if (index === null) return { kind: 'unseen', why: `${terminal.name} is no pseudo-terminal` };
    if (dev === null) return { kind: 'unseen', why: `of which devpts instance ${terminal.name} is may not be read` };
    for (const pid of this.#ancestors(leader)) {
      const holder = this.#holderIn(pid, index, dev);
      if (holder !== null) return { kind: 'held', holder };
    }
    const everybody = this.#all();
    const holders = this.#withoutHeirs(everybody.flatMap((pid) => this.#holderIn(pid, index, dev) ?? []));
    const [only, ...others] = holders;
    if (only && others.length === 0) return { kind: 'held', holder: only };
    if (only) {
      const who = holders.map(({ name, pid }) => `${name.text} (${pid})`).join(', ');
      return { kind: 'unseen', why: `several processes hold it: ${who}` };
    }
    const denied = everybody.filter((pid) => this.#heldBy.get(pid)?.kind === 'denied');
    if (denied.length === 0) return { kind: 'nobody' };
    const among = this.#ancestors(leader).find((pid) => denied.includes(pid));
    const likely = among === undefined ? '' : `, ${among} above it among them`;
    return { kind: 'unseen', why: `${denied.length} processes may not be looked into${likely}` };
  }

  #ancestors(leader: number): number[] {
    const found: number[] = [];
    for (let pid = leader; found.length < MOST_ANCESTORS; ) {
      const stat = this.#statOf(pid);
      if (stat === null || stat.ppid < 1) break;
      found.push(stat.ppid);
      pid = stat.ppid;
    }
    return found;
  }

  #all(): readonly number[] {
    if (this.#everybody === null) {
      const listing = valueOrNull(this.#procfs.list());
      this.#everybody = listing?.pids ?? [];
    }
    return this.#everybody;
  }

  /** Who has inherited the master from one that holds it as well is not the one who reads it. */
  #withoutHeirs(holders: readonly TerminalHolder[]): TerminalHolder[] {
    const pids = new Set(holders.map(({ pid }) => pid));
    const hasHolderAbove = (of: number): boolean => {
      const parent = this.#statOf(of)?.ppid ?? 0;
      return parent > 1 && (pids.has(parent) || hasHolderAbove(parent));
    };
    return holders.filter(({ pid }) => !hasHolderAbove(pid));
  }

  #statOf(pid: number): ProcessStat | null {
    return valueOrNull(parseOutcome(this.#procfs.readStat(pid), parseProcStat));
  }

  #holderIn(pid: number, index: number, dev: bigint): TerminalHolder | null {
    let held = this.#heldBy.get(pid);
    if (held === undefined) {
      held = withProcess(this.#procfs, pid, heldMasters);
      this.#heldBy.set(pid, held);
    }
    const fds = held.kind === 'value' ? held.value.get(index) : undefined;
    if (fds === undefined) return null;
    const found = withProcess(this.#procfs, pid, (it) => this.#describe(it, fds, { index, dev }));
    return found.kind === 'value' ? found.value : null;
  }

  /** The holder as it is now, if one of its descriptors is of this devpts instance. */
  #describe(held: HeldProcess, fds: readonly string[], { index, dev }: { index: number; dev: bigint }) {
    const fd = fds.find((it) => instanceOf(held, it) === dev && indexOf(held, it) === index);
    const stat = parseOutcome(held.read('stat'), parseProcStat);
    if (fd === undefined || stat.kind !== 'value') return { kind: 'gone', errno: 'ENOENT' } as const;
    const { pid, comm, startTimeTicks, ttyNr, tpgid, pgid } = stat.value;
    const holder: TerminalHolder = {
      pid,
      startTimeTicks,
      name: toText(comm),
      fd: Number(fd),
      terminal: this.#terminals.of(held, ttyNr).terminal,
      foreground: ttyNr !== 0 && tpgid > 0 ? tpgid === pgid : null,
    };
    return { kind: 'value', value: holder } as const;
  }
}

/**
 * The descriptors of masters that a process holds, by N of their pts/N.
 *
 * Source: /proc/<pid>/fd; fdinfo/<fd>, line tty-index
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function heldMasters(held: HeldProcess): Outcome<Held> {
  const stat = parseOutcome(held.read('stat'), parseProcStat);
  if (stat.kind !== 'value') return stat;
  if (stat.value.flags & PF.KTHREAD || isEnding(stat.value)) return { kind: 'value', value: new Map() };
  const fds = held.list('fd');
  if (fds.kind !== 'value') return fds;
  const masters = new Map<number, string[]>();
  for (const fd of fds.value) {
    // A link is read for a third of what its fdinfo costs, and every master was opened by a node of this name.
    const link = held.readlink(`fd/${fd}`);
    if (link.kind !== 'value' || !link.value.endsWith('ptmx')) continue;
    const index = indexOf(held, fd);
    if (index === null) continue;
    const same = masters.get(index);
    if (same) same.push(fd);
    else masters.set(index, [fd]);
  }
  return { kind: 'value', value: masters };
}

function indexOf(held: HeldProcess, fd: string): number | null {
  return valueOrNull(parseOutcome(held.read(`fdinfo/${fd}`), parseTtyIndex));
}

/**
 * The devpts instance that a master belongs to. One that was opened as /dev/pts/ptmx lies in it; of one that was
 * opened as /dev/ptmx, a node beside it, it is the instance that is mounted next to the node.
 */
function instanceOf(held: HeldProcess, fd: string): bigint | null {
  const own = valueOrNull(held.stat(`fd/${fd}`));
  if (own === null) return null;
  const node = valueOrNull(held.stat('root/dev'));
  if (node?.dev !== own.dev) return own.dev;
  return valueOrNull(held.stat('root/dev/pts'))?.dev ?? null;
}

/**
 * The devpts instance of a terminal whose master a process holds; null where that may not be seen.
 *
 * Source: /proc/<pid>/fd, root/dev; stat
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function devptsOf(procfs: Procfs, pid: number, index: number): bigint | null {
  return valueOrNull(
    withProcess(procfs, pid, (held) => {
      const fds = valueOrNull(heldMasters(held))?.get(index) ?? [];
      return { kind: 'value', value: fds.map((fd) => instanceOf(held, fd)).find((it) => it !== null) ?? null } as const;
    }),
  );
}

/** Why a master is not known, for evidence. */
export function describeUnfound(found: Exclude<MasterFound, { kind: 'held' }>): string {
  return found.kind === 'nobody' ? 'no process that could be seen holds it' : found.why;
}
