import { value } from '../model/outcome.ts';
import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import type { SocketHolder } from '../model/socket-holder.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { livingTask } from './living-task.ts';
import type { LinkReader } from './native/links.ts';
import { parseProcStat } from './parse/proc-stat.ts';
import { type Link, type Procfs, withProcess } from './procfs.ts';

const SOCKET = 'socket:[';

/** The kernel counts the inodes of sockets with 32 bits, so a number holds each. */
const inodeOf = (target: string) => Number(target.slice(SOCKET.length, -1));

/** Descriptors of one process that lead to sockets: its number, and the socket's inode, in turn. */
type OwnSockets = readonly number[];

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
  readonly #byInode = new Map<number, Finding[]>();
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
      this.#look(pid, 'fd');
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

  #look(pid: number, directory: string): void {
    if (directory === 'fd' && this.#lookQuickly(pid)) return;
    const found = this.#procfs.links(pid, directory, SOCKET);
    if (found.kind === 'denied') this.#log.addPid('fd_denied', pid);
    if (found.kind !== 'value' || found.value.stat === null) return;
    const { links } = found.value;
    const stat = parseOutcome(value(found.value.stat), parseProcStat);
    if (stat.kind === 'malformed') this.#log.addDamage(stat.error, pid);
    if (stat.kind !== 'value') return;
    if (links.kind === 'value' && links.value.length > 0) this.#add(stat.value, socketsAmong(links.value));
    else if ((stat.value.flags & PF.KTHREAD) !== 0 || isEnding(stat.value)) return;
    else if (stat.value.state === 'Z' && directory === 'fd') this.#lookAtThreads(stat.value);
    else if (links.kind === 'denied') this.#log.addPid('fd_denied', pid);
  }

  /** Whether nothing is left to be said of it. */
  #lookQuickly(pid: number): boolean {
    const own: number[] = [];
    const quick = this.#quick?.(`${this.#procfs.root}/${pid}/fd`, SOCKET, (fd, target, length) => {
      own.push(fd, numberIn(target, SOCKET.length, length - 1));
    });
    if (!quick) return false;
    if (quick.stat === null) return true;
    const stat = parseOutcome(value(quick.stat), parseProcStat);
    if (stat.kind === 'value') this.#add(stat.value, own);
    return stat.kind === 'value';
  }

  /** The first thread of a process lets go of its descriptors when it ends, and the others keep them. */
  #lookAtThreads(stat: ProcessStat): void {
    const prefix = withProcess(this.#procfs, stat.pid, (held) => value(livingTask(held, stat)));
    if (prefix.kind === 'value' && prefix.value !== '') this.#look(stat.pid, `${prefix.value}fd`);
  }

  #add(stat: ProcessStat, sockets: OwnSockets): void {
    this.processes.push(stat);
    for (let at = 0; at < sockets.length; at += 2) {
      const [fd, inode = 0] = [String(sockets[at]), sockets[at + 1]];
      const known = this.#byInode.get(inode);
      const own = known?.find((it) => it.stat === stat);
      if (own) own.fds.push(fd);
      else if (known) insert(known, { stat, fds: [fd] });
      else this.#byInode.set(inode, [{ stat, fds: [fd] }]);
    }
  }
}

/** A holder while it is found. */
type Finding = SocketHolder & { readonly fds: string[] };

function socketsAmong(links: readonly Link[]): OwnSockets {
  return links.flatMap(([fd, target]) => (target.startsWith(SOCKET) ? [Number(fd), inodeOf(target)] : []));
}

/** The digits in some bytes, as a number. */
function numberIn(bytes: Uint8Array, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) number = number * 10 + (bytes[at] ?? 0) - 0x30;
  return number;
}

/** Oldest first: it is the one that the others have it from, as a server's parent. */
function insert(holders: Finding[], holder: Finding): void {
  const isAfter = ({ stat }: SocketHolder) => {
    const { startTimeTicks, pid } = holder.stat;
    return stat.startTimeTicks === startTimeTicks ? stat.pid > pid : stat.startTimeTicks > startTimeTicks;
  };
  const at = holders.findIndex(isAfter);
  holders.splice(at === -1 ? holders.length : at, 0, holder);
}
