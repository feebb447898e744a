import { valueOrNull } from '../model/outcome.ts';
import { type FileId, isEnding, PF, type ProcessStat, sameFile } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { readCwd } from './cwd.ts';
import { livingTask } from './living-task.ts';
import { MountTables } from './mounts.ts';
import { parseMappings } from './parse/proc-maps.ts';
import { readHeldStat } from './process-stat.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

/** A process that uses a file or a directory. */
export interface FileUser {
  readonly stat: ProcessStat;
  /** What stands before the names of its files where its first thread has ended: `task/<tid>/`; else empty. */
  readonly task: string;
  /** Its descriptors of it. */
  readonly fds: readonly string[];
  /** Where it has it in its memory, as its directory map_files calls that; null where it has not. */
  readonly mapped: string | null;
  /** How many levels its working directory lies below it; 0: it is that; null: it is elsewhere, or it is no directory. */
  readonly cwdBelow: number | null;
  /** It is the program that the process runs. */
  readonly isExe: boolean;
  /** It is the root directory of the process, and another one than ours. */
  readonly isRoot: boolean;
}

/** The file that is asked for. */
export interface WantedFile {
  readonly id: FileId;
  /** Whether processes can work in it. */
  readonly isDirectory: boolean;
  readonly ourRoot: FileId | null;
  /** Whether it lies on a file system that may not answer. */
  readonly isRemote: boolean;
}

/** Who uses a file, as far as that could be asked. */
export interface FileUsers {
  readonly users: readonly FileUser[];
  /** Those that may use it as well: something that they have could not be asked which file it is: that may hang, or is denied. */
  readonly unasked: readonly ProcessStat[];
}

/**
 * The processes that use a file, by what the kernel compares: whatever links, mounts and namespaces lead to it.
 *
 * Source: /proc/<pid>/fd, maps, map_files, cwd, exe, root
 * Needs:  same uid or CAP_SYS_PTRACE; other processes are `fd_denied` in the log
 */
export function usersOfFile(procfs: Procfs, pids: Iterable<number>, wanted: WantedFile, log: CoverageLog): FileUsers {
  const mounts = new MountTables(procfs, log);
  const answers = new Map<number, Answer>();
  const ask = (pid: number) => {
    const opened = procfs.open(pid);
    if (opened.kind === 'denied') log.addPid('fd_denied', pid);
    if (opened.kind !== 'value') return;
    try {
      const answer = answerOf(opened.value, { wanted, mounts, log });
      if (answer) answers.set(pid, answer);
    } finally {
      opened.value.close();
    }
  };
  for (const pid of pids) ask(pid);
  // What was inherited lies on a mount of another namespace, whose table may have been met later.
  for (const [pid, { isUnasked }] of [...answers]) if (isUnasked) ask(pid);
  const all = [...answers.values()];
  return {
    users: all.filter(isUser),
    unasked: all.filter((it) => it.isUnasked && !isUser(it)).map(({ stat }) => stat),
  };
}

interface Answer extends FileUser {
  readonly isUnasked: boolean;
}

interface Question {
  readonly wanted: WantedFile;
  readonly mounts: MountTables;
  readonly log: CoverageLog;
}

function isUser({ fds, mapped, isExe, isRoot, cwdBelow }: FileUser): boolean {
  return fds.length > 0 || mapped !== null || isExe || isRoot || cwdBelow !== null;
}

function answerOf(held: HeldProcess, { wanted, mounts, log }: Question): Answer | null {
  const stat = valueOrNull(readHeldStat(held));
  if (stat === null || (stat.flags & PF.KTHREAD) !== 0 || isEnding(stat)) return null;
  const task = livingTask(held, stat);
  const names = held.list(`${task}fd`);
  if (names.kind !== 'value') {
    if (names.kind !== 'gone') log.addPid('fd_denied', stat.pid);
    return null;
  }
  const { id, isDirectory, ourRoot, isRemote } = wanted;
  const table = mounts.of(held, task);
  let isUnasked = false;
  const leadsTo = (name: string) => {
    const found = isSame(held, name, mounts, id);
    isUnasked ||= found === 'unknown' || (found === 'remote' && isRemote);
    return found === true;
  };
  const fds = names.value.filter((fd) => {
    // Sockets, pipes and the like have no path.
    const hasPath = valueOrNull(held.readlink(`${task}fd/${fd}`))?.startsWith('/') ?? false;
    return hasPath && leadsTo(`${task}fd/${fd}`);
  });
  const isExe = !isDirectory && leadsTo(`${task}exe`);
  const mapped = isDirectory || isExe ? null : mappedAt(held, id, leadsTo);
  const isRoot = isDirectory && !(ourRoot && sameFile(ourRoot, id)) && leadsTo(`${task}root`);
  const cwd = isDirectory
    ? readCwd(held, task, table, { isHome: (it) => sameFile(it, id), remoteHomes: isRemote })
    : null;
  isUnasked ||= cwd === 'remote';
  const chain = cwd !== 'remote' && cwd?.kind === 'value' ? cwd.value.chain : [];
  const at = chain.findIndex((it) => sameFile(it, id));
  return { stat, task, fds, mapped, isExe, isRoot, cwdBelow: at === -1 ? null : at, isUnasked };
}

/** The device that maps tells is another one than stat(2)'s on some file systems, so the file itself is asked. */
function mappedAt(held: HeldProcess, { ino }: FileId, leadsTo: (name: string) => boolean): string | null {
  const mappings = valueOrNull(parseOutcome(held.read('maps'), parseMappings)) ?? [];
  return mappings.find((it) => it.ino === ino && leadsTo(`map_files/${it.range}`))?.range ?? null;
}

/** Asks no file that may hang; `unknown` where that is not known, since its mount is in no table. */
function isSame(held: HeldProcess, name: string, mounts: MountTables, id: FileId): boolean | 'remote' | 'unknown' {
  const file = held.hold(name);
  // What may not be followed (map_files, without CAP_CHECKPOINT_RESTORE) may be it.
  if (file.kind !== 'value') return file.kind === 'denied' ? 'unknown' : false;
  try {
    const mountId = valueOrNull(file.value.mountId());
    const reach = mountId === null ? null : mounts.reachOf(mountId);
    if (reach !== 'local') return reach ?? 'unknown';
    const stat = valueOrNull(file.value.stat(0));
    return stat !== null && sameFile(stat, id);
  } finally {
    file.value.close();
  }
}
