import { type Outcome, valueOrNull } from '../model/outcome.ts';
import { isEnding, PF } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import { parseTtyIndex } from './parse/proc-fdinfo.ts';
import { readHeldStat } from './process-stat.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';

/** One descriptor of a master, with the devpts instance of its terminal; null where that may not be seen. */
interface Master {
  readonly fd: string;
  readonly dev: bigint | null;
}

/** What one process holds, by the number of the terminal. */
export type HeldMasters = ReadonlyMap<number, readonly Master[]>;

/**
 * The descriptors of masters that a process holds, by N of their pts/N.
 *
 * Source: /proc/<pid>/fd; fdinfo/<fd>, line tty-index
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function heldMasters(held: HeldProcess): Outcome<HeldMasters> {
  const stat = readHeldStat(held);
  if (stat.kind !== 'value') return stat;
  if (stat.value.flags & PF.KTHREAD || isEnding(stat.value)) return { kind: 'value', value: new Map() };
  const fds = held.list('fd');
  if (fds.kind !== 'value') return fds;
  const instances = new Instances(held);
  const masters = new Map<number, Master[]>();
  for (const fd of fds.value) {
    // A link is read for a third of what its fdinfo costs, and every master was opened by a node of this name.
    const link = held.readlink(`fd/${fd}`);
    if (link.kind !== 'value' || !link.value.endsWith('ptmx')) continue;
    const index = valueOrNull(parseOutcome(held.read(`fdinfo/${fd}`), parseTtyIndex));
    if (index === null) continue;
    const master = { fd, dev: instances.of(fd) };
    const same = masters.get(index);
    if (same) same.push(master);
    else masters.set(index, [master]);
  }
  return { kind: 'value', value: masters };
}

/** The number of the node pts/ptmx in every devpts instance. */
const PTMX_INO = 2n;

/**
 * The devpts instances that masters belong to. One that was opened as /dev/pts/ptmx lies in it; of one that was opened as
 * /dev/ptmx, a node beside it, it is the instance that is mounted next to the node. Who has gone into a chroot since, or
 * has got another /dev, does not see that any more.
 */
class Instances {
  readonly #held: HeldProcess;
  #besideNode: { readonly node: bigint | null; readonly pts: bigint | null } | null = null;

  constructor(held: HeldProcess) {
    this.#held = held;
  }

  of(fd: string): bigint | null {
    const own = valueOrNull(this.#held.stat(`fd/${fd}`));
    if (own === null) return null;
    this.#besideNode ??= { node: this.#devOf('root/dev'), pts: this.#devOf('root/dev/pts') };
    const { node, pts } = this.#besideNode;
    if (node === own.dev) return pts;
    return own.ino === PTMX_INO ? own.dev : null;
  }

  #devOf(name: string): bigint | null {
    return valueOrNull(this.#held.stat(name))?.dev ?? null;
  }
}

/**
 * Without those who have inherited a master from one that holds it as well: they do not read it.
 *
 * Source: field 4 of /proc/<pid>/stat, as `parentOf` has it
 * Needs:  nothing
 * @param parentOf 0 where none is known
 */
export function withoutHeirs<Holder extends { readonly pid: number }>(
  holders: readonly Holder[],
  parentOf: (pid: number) => number,
): Holder[] {
  const pids = new Set(holders.map(({ pid }) => pid));
  return holders.filter(({ pid }) => {
    // Numbers that are reused while they are read could lead in a circle. All orphans are the first process's.
    const seen = new Set([pid]);
    for (let at = parentOf(pid); at > 1 && !seen.has(at); at = parentOf(at)) {
      if (pids.has(at)) return false;
      seen.add(at);
    }
    return true;
  });
}

/**
 * The devpts instances of the terminals whose masters a process holds, by N of their pts/N; null where one may not be
 * seen, and none where it may not be looked into.
 *
 * Source: /proc/<pid>/fd, root/dev; stat
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function devptsOf(procfs: Procfs, pid: number): ReadonlyMap<number, bigint | null> {
  const held = valueOrNull(withProcess(procfs, pid, heldMasters));
  return new Map([...(held ?? [])].map(([index, masters]) => [index, masters[0]?.dev ?? null]));
}
