import type { Outcome } from '../model/outcome.ts';
import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import type { SocketHolder } from '../model/socket-holder.ts';
import type { CoverageLog } from './coverage.ts';
import { readHeldStat } from './process-stat.ts';
import type { HeldProcess, Link, Procfs } from './procfs.ts';

const SOCKET = 'socket:[';

/** The kernel counts the inodes of sockets with 32 bits, so a number holds each. */
const inodeOf = (target: string) => Number(target.slice(SOCKET.length, -1));

/** Descriptors of one process that lead to sockets: the numbers, by the socket's inode. */
type OwnSockets = ReadonlyMap<number, readonly string[]>;

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
  readonly #byInode = new Map<number, SocketHolder[]>();
  readonly #walked = new Set<number>();

  constructor(procfs: Procfs, log: CoverageLog) {
    this.#procfs = procfs;
    this.#log = log;
  }

  /** Walks through these processes, as far as that has not been done. */
  walk(pids: Iterable<number>): void {
    for (const pid of pids) {
      if (this.#walked.has(pid)) continue;
      this.#walked.add(pid);
      const opened = this.#procfs.open(pid);
      if (opened.kind === 'denied') this.#log.addPid('fd_denied', pid);
      if (opened.kind !== 'value') continue;
      try {
        this.#look(opened.value, pid);
      } finally {
        opened.value.close();
      }
    }
  }

  /** Those found so far, the oldest process first; none where nobody was seen with it. */
  of(inode: bigint | number): readonly SocketHolder[] {
    return this.#byInode.get(Number(inode)) ?? [];
  }

  /** How many sockets have a holder: of TCP, UDP and Unix, and any other. */
  get count(): number {
    return this.#byInode.size;
  }

  #look(held: HeldProcess, pid: number): void {
    const links = held.links('fd');
    if (links.kind === 'value' && links.value.length > 0) {
      const sockets = socketsAmong(links.value);
      if (sockets.size === 0) return;
      const stat = readHeldStat(held);
      // What has been reaped since has closed them.
      if (stat.kind === 'value') this.#add(stat.value, sockets);
      else if (stat.kind === 'malformed') this.#log.addDamage(stat.error, pid);
      return;
    }
    const stat = readHeldStat(held);
    if (stat.kind !== 'value' || (stat.value.flags & PF.KTHREAD) !== 0 || isEnding(stat.value)) return;
    const left = stat.value.state === 'Z' ? linksOfThreads(held) : links;
    if (left.kind === 'value') this.#add(stat.value, socketsAmong(left.value));
    else if (left.kind !== 'gone') this.#log.addPid('fd_denied', pid);
  }

  #add(stat: ProcessStat, sockets: OwnSockets): void {
    for (const [inode, fds] of sockets) {
      const known = this.#byInode.get(inode);
      if (known) insert(known, { stat, fds });
      else this.#byInode.set(inode, [{ stat, fds }]);
    }
  }
}

/** The first thread of a process lets go of its descriptors when it ends, and the others keep them. */
function linksOfThreads(held: HeldProcess): Outcome<readonly Link[]> {
  const tasks = held.list('task');
  if (tasks.kind !== 'value') return tasks;
  let last: Outcome<readonly Link[]> = { kind: 'gone', errno: 'ESRCH' };
  for (const tid of tasks.value) {
    const links = held.links(`task/${tid}/fd`);
    if (links.kind === 'value' && links.value.length > 0) return links;
    if (last.kind !== 'denied') last = links;
  }
  return last;
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
