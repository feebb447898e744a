import { type Outcome, valueOrNull } from '../model/outcome.ts';
import type { TerminalHolder } from '../model/pane.ts';
import type { ProcessStat } from '../model/process.ts';
import type { Terminal } from '../model/terminal.ts';
import { toText } from '../model/text.ts';
import { CoverageLog } from './coverage.ts';
import { type HeldMasters, heldMasters, withoutHeirs } from './held-masters.ts';
import { readHeldStat, readStat } from './process-stat.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';
import { Terminals } from './terminals.ts';

/** Who holds a terminal's master, or why that is not known. */
export type MasterFound =
  | { readonly kind: 'held'; readonly holder: TerminalHolder }
  /** Every process was looked into, and none holds it: what holds it is in no process (a socket on its way). */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'unseen'; readonly why: string };

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
  readonly #heldBy = new Map<number, Outcome<HeldMasters>>();
  readonly #holders = new Map<number, Omit<TerminalHolder, 'fd'> | null>();
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
    const found = everybody.flatMap((pid) => this.#holderIn(pid, index, dev) ?? []);
    const holders = withoutHeirs(found, (pid) => this.#statOf(pid)?.ppid ?? 0);
    const [only, ...others] = holders;
    if (only && others.length === 0) return { kind: 'held', holder: only };
    if (only) {
      const who = holders.map(({ name, pid }) => `${name.text} (${pid})`).join(', ');
      return { kind: 'unseen', why: `several processes hold it: ${who}` };
    }
    const denied = everybody.filter((pid) => this.#heldBy.get(pid)?.kind === 'denied');
    if (denied.length === 0) return { kind: 'nobody' };
    const among = [...this.#ancestors(leader)].find((pid) => denied.includes(pid));
    const likely = among === undefined ? '' : `, ${among} above it among them`;
    return { kind: 'unseen', why: `${denied.length} processes may not be looked into${likely}` };
  }

  *#ancestors(leader: number): Generator<number> {
    let pid = leader;
    for (let steps = 0; steps < MOST_ANCESTORS; steps++) {
      const stat = this.#statOf(pid);
      if (stat === null || stat.ppid < 1) return;
      yield stat.ppid;
      pid = stat.ppid;
    }
  }

  #all(): readonly number[] {
    if (this.#everybody === null) {
      const listing = valueOrNull(this.#procfs.list());
      this.#everybody = listing?.pids ?? [];
    }
    return this.#everybody;
  }

  #statOf(pid: number): ProcessStat | null {
    return valueOrNull(readStat(this.#procfs, pid));
  }

  /**
   * Whether a process holds this terminal. It was looked into at some time of this look: as long as the terminal is
   * somebody's all that time, as whoever asks makes sure, its master cannot have been closed and be another's.
   */
  #holderIn(pid: number, index: number, dev: bigint): TerminalHolder | null {
    let held = this.#heldBy.get(pid);
    if (held === undefined) {
      held = withProcess(this.#procfs, pid, heldMasters);
      this.#heldBy.set(pid, held);
    }
    const master = held.kind === 'value' ? held.value.get(index)?.find((it) => it.dev === dev) : undefined;
    if (master === undefined) return null;
    const about = this.#about(pid);
    return about && { ...about, fd: Number(master.fd) };
  }

  /** The holder itself, read once. */
  #about(pid: number): Omit<TerminalHolder, 'fd'> | null {
    let about = this.#holders.get(pid);
    if (about === undefined) {
      about = valueOrNull(withProcess(this.#procfs, pid, (held) => this.#describe(held)));
      this.#holders.set(pid, about);
    }
    return about;
  }

  #describe(held: HeldProcess): Outcome<Omit<TerminalHolder, 'fd'>> {
    const stat = readHeldStat(held);
    if (stat.kind !== 'value') return stat;
    const { pid, comm, startTimeTicks, ttyNr, tpgid, pgid } = stat.value;
    const { terminal } = this.#terminals.of(held, ttyNr);
    const foreground = ttyNr !== 0 && tpgid > 0 ? tpgid === pgid : null;
    return { kind: 'value', value: { pid, startTimeTicks, name: toText(comm), terminal, foreground } };
  }
}

/** Why a master is not known, for evidence. */
export function describeUnfound(found: Exclude<MasterFound, { kind: 'held' }>): string {
  return found.kind === 'nobody' ? 'no process that could be seen holds it' : found.why;
}
