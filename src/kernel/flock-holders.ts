import type { FlockHolder, FlockReport, Lock } from '../model/lock.ts';
import { describeMissing, type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { type FileId, sameFile } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { CoverageLog } from './coverage.ts';
import { holdLocal } from './cwd.ts';
import { livingTask } from './living-task.ts';
import { readLockTable, seesAllLocks } from './lock-table.ts';
import { type LockedDescriptor, lockedDescriptors } from './locked-descriptors.ts';
import { MountTables } from './mounts.ts';
import { parseProcCmdline } from './parse/proc-cmdline.ts';
import { isHeldFlock } from './parse/proc-locks.ts';
import { readHeldStat } from './process-stat.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

/** How often everything is looked at again where a lock has no holder: it may have moved on, or gone, meanwhile. */
const TRIES = 3;

/** One walk through the open files of all processes. */
interface Sweep {
  readonly holders: ReadonlyMap<FileId, readonly FlockHolder[]>;
  /** Locked files that share an inode number with one of those asked about, and are another, as the lock table has them. */
  readonly others: ReadonlySet<string>;
  /** Processes whose open files may not be seen. */
  readonly denied: number;
}

/**
 * Finds who has a flock(2) on each of some files.
 * The table of locks says only who made each, and that process can have ended while others, which have inherited the
 * open file, hold on: so the holders are found among the open files of all processes, and that walk is made only where
 * the table has a lock that can be on one of the files. From a child pid namespace the table lacks locks whose maker
 * has ended, so there the walk is always made.
 *
 * Source: /proc/locks; /proc/<pid>/fdinfo, fd, stat, cmdline, exe
 * Needs:  nothing for the table; same uid or CAP_SYS_PTRACE for each process's open files
 * @returns one report a file, in their order
 */
export function findFlocks(procfs: Procfs, files: readonly FileId[]): FlockReport[] {
  const seesAll = seesAllLocks(procfs);
  for (let tries = 1; ; tries++) {
    const queues = readLockTable(procfs);
    const table = queues.kind === 'value' ? value(queues.value.flat()) : queues;
    const locks = valueOrNull(table) ?? [];
    const isListed = locks.some((lock) => files.some(({ ino }) => isHeldFlock(lock, ino)));
    if (seesAll && table.kind === 'value' && !isListed) return files.map(() => ({ kind: 'none' }));
    const sweep = sweepOpenFiles(procfs, files);
    const reports = files.map((file) => reportOn(file, { table, sweep, seesAll }));
    const isSettled = sweep.denied > 0 || reports.every(({ kind }) => kind !== 'unverified');
    if (isSettled || tries === TRIES) return reports;
  }
}

interface Seen {
  readonly table: Outcome<readonly Lock[]>;
  readonly sweep: Sweep;
  /** Whether the table has the locks of every pid namespace. */
  readonly seesAll: boolean;
}

function reportOn(file: FileId, { table, sweep, seesAll }: Seen): FlockReport {
  const holders = sweep.holders.get(file);
  if (holders) return { kind: 'held', holders };
  if (table.kind !== 'value') return { kind: 'unknown', why: `/proc/locks: ${describeMissing(table)}` };
  const locks = table.value.filter((it) => isHeldFlock(it, file.ino));
  const lock = locks.find((it) => it.file?.dev === file.dev);
  if (lock) return { kind: 'unverified', callerPid: lock.pid };
  const doubtful = locks.find((it) => !sweep.others.has(keyOf(it)));
  if (doubtful)
    return { kind: 'unknown', why: `a lock on ${keyOf(doubtful)} may be on it (btrfs), and nobody is seen with it` };
  if (seesAll) return { kind: 'none' };
  return { kind: 'unknown', why: 'plumb runs in a pid namespace of its own, and processes outside it cannot be seen' };
}

function keyOf({ file }: Lock): string {
  return `${file?.dev}:${file?.ino}`;
}

function sweepOpenFiles(procfs: Procfs, files: readonly FileId[]): Sweep {
  const holders = new Map<FileId, FlockHolder[]>();
  const others = new Set<string>();
  const mounts = new MountTables(procfs, new CoverageLog());
  let denied = 0;
  for (const pid of valueOrNull(procfs.list())?.pids ?? []) {
    const opened = procfs.open(pid);
    if (opened.kind !== 'value') {
      if (opened.kind === 'denied') denied++;
      continue;
    }
    const held = opened.value;
    const { prefix, names } = descriptorsOf(held);
    if (names.kind === 'denied') denied++;
    // Of a file that cannot be understood nothing is known, as of one that may not be read.
    const search = { prefix, names: valueOrNull(names) ?? [], onDamage: () => {} };
    for (const descriptor of lockedDescriptors(held, search)) {
      for (const [file, lock] of locksOn(held, descriptor, { files, mounts, prefix })) {
        if (file === 'other') {
          others.add(keyOf(lock));
          continue;
        }
        const known = holders.get(file) ?? [];
        const holder = known.some((it) => it.pid === pid) ? null : holderOf(pid, lock, held);
        if (holder) holders.set(file, [...known, holder]);
      }
    }
    held.close();
  }
  return { holders, others, denied };
}

/** The first thread of a process lets go of its descriptors when it ends, and the others keep them. */
function descriptorsOf(held: HeldProcess): { readonly prefix: string; readonly names: Outcome<readonly ByteString[]> } {
  const names = held.list('fdinfo');
  const isBare = names.kind === 'gone' || (names.kind === 'value' && names.value.length === 0);
  const stat = isBare ? valueOrNull(readHeldStat(held)) : null;
  const prefix = stat === null ? '' : livingTask(held, stat);
  return { prefix, names: prefix === '' ? names : held.list(`${prefix}fdinfo`) };
}

interface Wanted {
  readonly files: readonly FileId[];
  readonly mounts: MountTables;
  /** Of whose descriptors: empty, or `task/<tid>/`. */
  readonly prefix: string;
}

/** Which of the files an open file has locked; `other` where it is none of them, and only shares a number with one. */
function locksOn(
  held: HeldProcess,
  { name, locks }: LockedDescriptor,
  { files, mounts, prefix }: Wanted,
): [FileId | 'other', Lock][] {
  return locks.flatMap((lock) => {
    const alike = files.filter(({ ino }) => isHeldFlock(lock, ino));
    const exact = alike.find(({ dev }) => dev === lock.file?.dev);
    if (exact) return [[exact, lock]];
    // Where stat(2) names another device than the lock does (btrfs), the open file itself says which one it is.
    const id = alike.length === 0 ? null : fileAt(held, `${prefix}fd/${name}`, mounts.of(held, prefix));
    return id ? [[alike.find((file) => sameFile(file, id)) ?? 'other', lock]] : [];
  });
}

function fileAt(held: HeldProcess, name: string, mounts: ReturnType<MountTables['of']>): FileId | null {
  const file = holdLocal(held, name, mounts);
  if (file === 'remote' || file.kind !== 'value') return null;
  const stat = valueOrNull(file.value.stat(0));
  file.value.close();
  return stat && { dev: stat.dev, ino: stat.ino };
}

/** Null where it has ended meanwhile, and the lock with it. */
function holderOf(pid: number, lock: Lock, held: HeldProcess): FlockHolder | null {
  const stat = readHeldStat(held);
  if (stat.kind !== 'value') return null;
  const argv = parseOutcome(held.read('cmdline'), parseProcCmdline);
  const path = held.readlink('exe');
  const exe = path.kind === 'value' ? { kind: path.kind, value: { path: path.value, file: null } } : path;
  return { pid, isCaller: lock.pid === pid, facts: { stat: stat.value, argv, exe } };
}
