import { type Outcome, value } from '../model/outcome.ts';
import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import type { SocketHolder } from '../model/socket-holder.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import type { LinkReader } from './native/links.ts';
import { parseProcStat } from './parse/proc-stat.ts';
import { readHeldStat } from './process-stat.ts';
import { type HeldProcess, type Link, type Procfs, withProcess } from './procfs.ts';
import { type Found, isWorthAThread, startSharedWalk } from './second-walker.ts';

const SOCKET = 'socket:[';

/** The kernel counts the inodes of sockets with 32 bits, so a number holds each. */
const inodeOf = (target: string) => Number(target.slice(SOCKET.length, -1));

/** Descriptors of one process that lead to sockets: the numbers, by the socket's inode. */
type OwnSockets = ReadonlyMap<number, readonly string[]>;
const NO_SOCKETS: OwnSockets = new Map();

/**
 * Who has which socket open, found by walking through the descriptors of processes. A socket that was inherited, or sent
 * to somebody, has several holders.
 * Not found: a socket that only the kernel has (a mounted NFS), one on its way through another socket (SCM_RIGHTS) or
 * registered with io_uring alone, and one that a single thread keeps from its process (CLONE_FILES undone).
 *
 * Source: /proc/<pid>/fd, /proc/<pid>/stat; of a process whose first thread has ended /proc/<pid>/task/<tid>/fd
 * Needs:  same uid or CAP_SYS_PTRACE; other processes are `fd_denied` in the log
 */
export class SocketHolders {
  readonly #procfs: Procfs;
  readonly #log: CoverageLog;
  readonly #quick: LinkReader | null;
  readonly #byInode = new Map<number, SocketHolder[]>();
  readonly #walked = new Set<number>();
  /** Every process that has a socket. */
  readonly processes: ProcessStat[] = [];

  /** @param quick what reads links faster, where it could be loaded */
  constructor(procfs: Procfs, log: CoverageLog, quick: LinkReader | null = null) {
    this.#procfs = procfs;
    this.#log = log;
    this.#quick = procfs.root === null ? null : quick;
  }

  /** Walks through these processes, as far as that has not been done. */
  walk(pids: Iterable<number>): void {
    for (const pid of pids) {
      if (this.#walked.has(pid)) continue;
      this.#walked.add(pid);
      this.#look(pid);
    }
  }

  /**
   * The same by two threads, where that is worth it.
   * @param meanwhile what this thread does until the other one has started
   */
  async walkTogether<T>(pids: readonly number[], meanwhile: () => T): Promise<T> {
    const { root } = this.#procfs;
    const isShared = root !== null && isWorthAThread(this.#procfs, pids.length);
    const shared = isShared ? startSharedWalk(root, pids, SOCKET) : null;
    const done = meanwhile();
    if (shared !== null) {
      this.walk(shared.mine());
      this.take(await shared.theirs());
    }
    this.walk(pids);
    return done;
  }

  /** Takes what another thread has found; the rest is walked through as if nobody had been there. */
  take(found: Found | null): void {
    if (found === null) return;
    const own = found.stats.map(() => new Map<number, string[]>());
    for (let at = 0; at < found.sockets.length; at += 3) {
      const [index = 0, fd, inode = 0] = found.sockets.subarray(at, at + 3);
      const known = own[index]?.get(inode);
      if (known) known.push(String(fd));
      else own[index]?.set(inode, [String(fd)]);
    }
    for (const [index, line] of found.stats.entries()) {
      const stat = parseOutcome(value(Buffer.from(line, 'latin1')), parseProcStat);
      // Whoever cannot be understood is looked at once more, and that is noted.
      if (stat.kind !== 'value') continue;
      this.#walked.add(stat.value.pid);
      this.#add(stat.value, own[index] ?? NO_SOCKETS);
    }
    for (const pid of found.bare) this.#walked.add(pid);
  }

  /** Those found so far, the oldest process first; none where nobody was seen with it. */
  of(inode: bigint | number): readonly SocketHolder[] {
    return this.#byInode.get(Number(inode)) ?? [];
  }

  /** How many sockets have a holder: of TCP, UDP and Unix, and any other. */
  get count(): number {
    return this.#byInode.size;
  }

  #look(pid: number): void {
    const quick = this.#quick?.(`${this.#procfs.root}/${pid}/fd`, SOCKET) ?? null;
    if (quick === null) this.#lookHeld(pid);
    if (quick === null || quick.stat === null) return;
    const stat = parseOutcome(value(quick.stat), parseProcStat);
    if (stat.kind === 'value') this.#add(stat.value, socketsAmong(quick.links));
    else if (stat.kind === 'malformed') this.#log.addDamage(stat.error, pid);
  }

  #lookHeld(pid: number): void {
    const looked = withProcess(this.#procfs, pid, (held) => {
      const links = held.links('fd');
      const sockets = links.kind === 'value' ? socketsAmong(links.value) : NO_SOCKETS;
      if (links.kind === 'value' && links.value.length > 0 && sockets.size === 0) return value(null);
      const stat = readHeldStat(held);
      // What has been reaped since has closed them.
      if (stat.kind !== 'value') return stat.kind === 'gone' ? value(null) : stat;
      const own = sockets.size > 0 ? value(sockets) : this.#ofTheRest(held, stat.value, links);
      if (own.kind === 'value' && own.value.size > 0) this.#add(stat.value, own.value);
      return own;
    });
    if (looked.kind === 'malformed') this.#log.addDamage(looked.error, pid);
    else if (looked.kind === 'denied') this.#log.addPid('fd_denied', pid);
  }

  /** Kernel threads have none. The first thread of a process lets go of its own when it ends, and the others keep them. */
  #ofTheRest(held: HeldProcess, stat: ProcessStat, links: Outcome<readonly Link[]>): Outcome<OwnSockets> {
    if ((stat.flags & PF.KTHREAD) !== 0 || isEnding(stat)) return value(NO_SOCKETS);
    if (stat.state !== 'Z') return links.kind === 'value' ? value(NO_SOCKETS) : links;
    const tasks = held.list('task');
    if (tasks.kind !== 'value') return tasks;
    const other = tasks.value.find((tid) => tid !== String(stat.pid));
    const theirs = other === undefined ? value([]) : held.links(`task/${other}/fd`);
    return theirs.kind === 'value' ? value(socketsAmong(theirs.value)) : theirs;
  }

  #add(stat: ProcessStat, sockets: OwnSockets): void {
    this.processes.push(stat);
    for (const [inode, fds] of sockets) {
      const known = this.#byInode.get(inode);
      if (known) insert(known, { stat, fds });
      else this.#byInode.set(inode, [{ stat, fds }]);
    }
  }
}

function socketsAmong(links: readonly Link[]): OwnSockets {
  const sockets = new Map<number, string[]>();
  for (const [fd, target] of links) {
    if (!target.startsWith(SOCKET)) continue;
    const inode = inodeOf(target);
    const known = sockets.get(inode);
    if (known) known.push(fd);
    else sockets.set(inode, [fd]);
  }
  return sockets;
}

/** Oldest first: it is the one that the others have it from, as a server's parent. */
function insert(holders: SocketHolder[], holder: SocketHolder): void {
  const isAfter = ({ stat }: SocketHolder) => {
    const { startTimeTicks, pid } = holder.stat;
    return stat.startTimeTicks === startTimeTicks ? stat.pid > pid : stat.startTimeTicks > startTimeTicks;
  };
  const at = holders.findIndex(isAfter);
  holders.splice(at === -1 ? holders.length : at, 0, holder);
}
