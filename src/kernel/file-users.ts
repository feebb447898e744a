import { valueOrNull } from '../model/outcome.ts';
import { type FileId, isEnding, PF, type ProcessStat, sameFile } from '../model/process.ts';
import type { CoverageLog } from './coverage.ts';
import { holdLocal, readCwd } from './cwd.ts';
import { type MountTable, MountTables } from './mounts.ts';
import { readHeldStat } from './process-stat.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

/** A process that uses a file or a directory. */
export interface FileUser {
  readonly stat: ProcessStat;
  /** Its descriptors of it. */
  readonly fds: readonly string[];
  /** How many levels its working directory lies below it; 0: it is that; null: it is elsewhere, or it is no directory. */
  readonly cwdBelow: number | null;
  /** It is the program that the process runs. */
  readonly isExe: boolean;
  /** It is the root directory of the process, and another one than ours. */
  readonly isRoot: boolean;
}

/**
 * The processes that use a file, by what the kernel compares: whatever links, mounts and namespaces lead to it.
 *
 * Source: /proc/<pid>/fd, cwd, exe, root
 * Needs:  same uid or CAP_SYS_PTRACE; other processes are `fd_denied` in the log
 * @param isDirectory whether processes can work in it
 */
export function usersOfFile(
  procfs: Procfs,
  pids: Iterable<number>,
  wanted: { readonly id: FileId; readonly isDirectory: boolean; readonly ourRoot: FileId | null },
  log: CoverageLog,
): FileUser[] {
  const mounts = new MountTables(procfs, log);
  const users: FileUser[] = [];
  for (const pid of pids) {
    const opened = procfs.open(pid);
    if (opened.kind === 'denied') log.addPid('fd_denied', pid);
    if (opened.kind !== 'value') continue;
    try {
      const user = userOf(opened.value, { ...wanted, mounts, log });
      if (user) users.push(user);
    } finally {
      opened.value.close();
    }
  }
  return users;
}

interface Question {
  readonly id: FileId;
  readonly isDirectory: boolean;
  readonly ourRoot: FileId | null;
  readonly mounts: MountTables;
  readonly log: CoverageLog;
}

function userOf(held: HeldProcess, { id, isDirectory, ourRoot, mounts, log }: Question): FileUser | null {
  const stat = valueOrNull(readHeldStat(held));
  if (stat === null || (stat.flags & PF.KTHREAD) !== 0 || isEnding(stat)) return null;
  const names = held.list('fd');
  if (names.kind !== 'value') {
    if (names.kind !== 'gone') log.addPid('fd_denied', stat.pid);
    return null;
  }
  const table = mounts.of(held, '');
  const leadsTo = (name: string) => isSame(held, name, table, id);
  const fds = names.value.filter((fd) => {
    // Sockets, pipes and the like have no path.
    const hasPath = valueOrNull(held.readlink(`fd/${fd}`))?.startsWith('/') ?? false;
    return hasPath && leadsTo(`fd/${fd}`);
  });
  const isExe = !isDirectory && leadsTo('exe');
  const isRoot = isDirectory && !(ourRoot && sameFile(ourRoot, id)) && leadsTo('root');
  const cwdBelow = isDirectory ? levelsBelow(held, table, id) : null;
  return fds.length > 0 || isExe || isRoot || cwdBelow !== null ? { stat, fds, cwdBelow, isExe, isRoot } : null;
}

function isSame(held: HeldProcess, name: string, table: MountTable | null, id: FileId): boolean {
  const file = holdLocal(held, name, table);
  if (file === 'remote' || file.kind !== 'value') return false;
  const stat = valueOrNull(file.value.stat(0));
  file.value.close();
  return stat !== null && sameFile(stat, id);
}

function levelsBelow(held: HeldProcess, table: MountTable | null, id: FileId): number | null {
  const cwd = readCwd(held, '', table, { isHome: (it) => sameFile(it, id), remoteHomes: false });
  if (cwd === 'remote' || cwd.kind !== 'value') return null;
  const at = cwd.value.chain.findIndex((it) => sameFile(it, id));
  return at === -1 ? null : at;
}
