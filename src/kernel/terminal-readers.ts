import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import { readStat } from './process-stat.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';
import { mayBeTerminal } from './terminal-descriptor.ts';

/** The device number of /dev/tty, by which a program reads from its terminal whatever its standard input is: 5:0. */
const DEV_TTY = 0x500n;

/**
 * The processes beside the owner that may take what is typed: in the foreground group as it is, and with the terminal
 * as their standard input, or open as /dev/tty (ssh asking for a password, an editor, a pager). Whoever is above the
 * owner has started it and waits for it, and a fork that has not started its program is the owner's double: those are
 * left out. Whoever may not be looked into is in.
 *
 * Source: /proc/<pid>/task/<tid>/children, since Linux 3.5 (CONFIG_PROC_CHILDREN), else /proc; stat, fd
 * Needs:  same uid or CAP_SYS_PTRACE to tell what a process has open
 * @param among the family is what is below the session leader, and is read in tenths of a millisecond; one that has
 *   lost its parent is not below it any more, and only all processes of the machine tell it
 */
export function otherReaders(
  procfs: Procfs,
  owner: ProcessStat,
  among: 'family' | 'everybody',
): Outcome<readonly ProcessStat[]> {
  const below = among === 'family' ? familyOf(procfs, owner.sid) : null;
  const stats = below ?? everybody(procfs);
  if (stats.kind !== 'value') return stats;
  const byPid = new Map(stats.value.map((stat) => [stat.pid, stat]));
  const above = new Set<number>();
  for (let pid = owner.ppid; byPid.has(pid) && !above.has(pid); pid = byPid.get(pid)?.ppid ?? 0) above.add(pid);
  const isRival = (stat: ProcessStat) =>
    stat.pid !== owner.pid &&
    stat.ttyNr === owner.ttyNr &&
    stat.pgid === owner.tpgid &&
    !above.has(stat.pid) &&
    !isEnding(stat) &&
    (stat.flags & PF.FORKNOEXEC) === 0;
  return value(stats.value.filter((stat) => isRival(stat) && mayRead(procfs, stat)));
}

/** The session leader and all below it; null where this kernel does not list children. */
function familyOf(procfs: Procfs, leader: number): Outcome<ProcessStat[]> | null {
  const found: ProcessStat[] = [];
  const pids = [leader];
  for (const pid of pids) {
    const stat = readStat(procfs, pid);
    if (stat.kind === 'gone') continue;
    if (stat.kind !== 'value') return stat;
    found.push(stat.value);
    const children = withProcess(procfs, pid, childrenOf);
    if (children.kind === 'value') pids.push(...children.value);
    else if (children.kind !== 'gone') return null;
    else if (readStat(procfs, pid).kind === 'value' && !isEnding(stat.value)) return null;
  }
  return value(found);
}

function childrenOf(held: HeldProcess): Outcome<number[]> {
  const tasks = held.list('task');
  if (tasks.kind !== 'value') return tasks;
  const pids: number[] = [];
  for (const [position, tid] of tasks.value.entries()) {
    const children = held.read(`task/${tid}/children`);
    // A thread may have ended since; if the first one has no such file, none has.
    if (children.kind !== 'value' && position === 0) return children;
    if (children.kind !== 'value') continue;
    const words = Buffer.from(children.value).toString('latin1').split(' ');
    pids.push(...words.filter((word) => word !== '').map(Number));
  }
  return value(pids);
}

function everybody(procfs: Procfs): Outcome<ProcessStat[]> {
  const listing = procfs.list();
  if (listing.kind !== 'value') return listing;
  return value(listing.value.pids.flatMap((pid) => valueOrNull(readStat(procfs, pid)) ?? []));
}

function mayRead(procfs: Procfs, stat: ProcessStat): boolean {
  const reads = withProcess(procfs, stat.pid, (held) => {
    const isTerminal = (fd: string, device: bigint) => {
      const link = valueOrNull(held.readlink(`fd/${fd}`));
      return link !== null && mayBeTerminal(link) && valueOrNull(held.stat(`fd/${fd}`))?.rdev === device;
    };
    if (isTerminal('0', BigInt(stat.ttyNr >>> 0))) return value(true);
    const fds = held.list('fd');
    return fds.kind === 'value' ? value(fds.value.some((fd) => isTerminal(fd, DEV_TTY))) : fds;
  });
  // One that has ended meanwhile reads nothing.
  return reads.kind === 'value' ? reads.value : reads.kind !== 'gone';
}
