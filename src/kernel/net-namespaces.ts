import fs from 'node:fs';
import { type Missing, type Outcome, valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { attempt, parseOutcome } from './attempt.ts';
import { ownPid } from './census.ts';
import type { CoverageLog } from './coverage.ts';
import { parseMountinfo } from './parse/mountinfo.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';

/** A network namespace, found once. */
export interface NetNamespace {
  /**
   * `N` of `net:[N]`. Null where its processes do not let us read that (another user's, without CAP_SYS_PTRACE): it is
   * another one than ours, its text files in /proc can be read, and it cannot be entered.
   */
  readonly inode: bigint | null;
  readonly isOwn: boolean;
  /** The processes that live in it, of those that were asked for; none in one that only a mount keeps. */
  readonly pids: readonly number[];
  /** As `ip netns` calls it: a mount in /run/netns; null without one. */
  readonly name: ByteString | null;
  /** A mount that keeps it, in our mount namespace; null where there is none. */
  readonly path: ByteString | null;
  /** The inode of its own /proc/<pid>/net/dev, where `inode` is not known; else null. */
  readonly filesInode: bigint | null;
}

const NAMED = /^(?:\/var)?\/run\/netns\/([^/]+)$/;
/** As many of a namespace's processes may refuse before it counts as unreadable; those that have ended say nothing. */
const MOST_REFUSALS = 20;

/**
 * Finds the network namespaces of the machine: those that processes live in, and those that a mount keeps (`ip netns
 * add`). Our own is always among them, and first.
 * Not found are namespaces that only a descriptor, a socket or a single thread keeps.
 *
 * Source: /proc/<pid>/ns/net, /proc/<pid>/net/dev, /proc/self/mountinfo; namespaces(7)
 * Needs:  same uid or CAP_SYS_PTRACE for the inode of a process's namespace. Without it the inode of /proc/<pid>/net/dev,
 *         which each namespace has for itself, tells whether it is ours, and which processes share one
 * @param pids the processes to ask; what is not seen of them is `net_namespace_denied` in the log
 */
export function findNetNamespaces(procfs: Procfs, pids: Iterable<number>, log: CoverageLog): NetNamespace[] {
  const own = ownInode(procfs);
  const found = new Map<string, Found>();
  const foundAs = (key: string): Found => {
    const known = found.get(key);
    if (known) return known;
    const added: Found = { inode: null, filesInode: null, isOwn: false, pids: [], name: null, path: null };
    found.set(key, added);
    return added;
  };
  if (own !== null) Object.assign(foundAs(`net:[${own}]`), { inode: own, isOwn: true });
  let ownFilesInode: bigint | null = null;
  for (const pid of pids) {
    const link = procfs.readlink(`${pid}/ns/net`);
    if (link.kind === 'value') {
      const namespace = foundAs(link.value);
      namespace.inode ??= inodeOf(link.value);
      namespace.pids.push(pid);
      continue;
    }
    // A process that has ended, or is a zombie, lives in none.
    if (link.kind === 'gone') continue;
    ownFilesInode ??= filesInodeOf(procfs, ownPid(procfs) || procfs.selfPid);
    const filesInode = filesInodeOf(procfs, pid);
    if (filesInode === null || ownFilesInode === null) {
      if (procfs.exists(pid)) log.addPid('net_namespace_denied', pid);
      continue;
    }
    const namespace = foundAs(filesInode === ownFilesInode ? `net:[${own}]` : `files ${filesInode}`);
    if (!namespace.isOwn) namespace.filesInode = filesInode;
    namespace.pids.push(pid);
  }
  joinKnown(procfs, found);
  for (const { inode, path } of keptByMounts(procfs, log)) {
    const namespace = foundAs(`net:[${inode}]`);
    const name = NAMED.exec(path)?.[1] ?? null;
    namespace.inode = inode;
    // The name that `ip netns` shows is better than any other mount.
    if (namespace.path !== null && (namespace.name !== null || name === null)) continue;
    namespace.path = path;
    namespace.name = name;
  }
  return [...found.values()];
}

/** A process that hides its namespace may live in one that another process there does not hide. */
function joinKnown(procfs: Procfs, found: Map<string, Found>): void {
  const hidden = [...found].filter(([, { inode }]) => inode === null);
  if (hidden.length === 0) return;
  const known = new Map<bigint | null, Found>();
  for (const namespace of found.values()) {
    const [pid] = namespace.pids;
    if (namespace.inode !== null && pid !== undefined) known.set(filesInodeOf(procfs, pid), namespace);
  }
  for (const [key, { filesInode, pids }] of hidden) {
    const same = filesInode === null ? undefined : known.get(filesInode);
    if (same === undefined) continue;
    same.pids.push(...pids);
    found.delete(key);
  }
}

type Found = { -readonly [K in keyof NetNamespace]: NetNamespace[K] } & { pids: number[] };

/**
 * Reads something of a namespace through a process that lives in it, before and after: another one is asked where that
 * process has ended or has moved meanwhile.
 *
 * Source: /proc/<pid>/net, /proc/<pid>/ns/net
 * Needs:  nothing; under hidepid the process's own user
 * @returns the first value; else why there is none. `gone` where none of its processes lives in it any more
 */
export function withProcessIn<T>(
  procfs: Procfs,
  namespace: NetNamespace,
  read: (held: HeldProcess) => Outcome<T>,
): Outcome<T> {
  const first = namespace.isOwn ? [ownPid(procfs) || procfs.selfPid] : [];
  return firstAnswer([...first, ...namespace.pids], (pid) => {
    return withProcess(procfs, pid, (held): Outcome<T> => {
      if (!livesIn(held, namespace)) return { kind: 'gone', errno: 'ESRCH' };
      const answer = read(held);
      return livesIn(held, namespace) ? answer : { kind: 'gone', errno: 'ESRCH' };
    });
  });
}

/** What the first process says that can answer; else why the last one that is there cannot. */
function firstAnswer<T>(pids: readonly number[], ask: (pid: number) => Outcome<T>): Outcome<T> {
  let last: Outcome<T> = { kind: 'gone', errno: 'ESRCH' };
  let refusals = 0;
  for (const pid of pids) {
    const outcome = ask(pid);
    if (outcome.kind === 'value' || outcome.kind === 'malformed') return outcome;
    if (outcome.kind === 'gone') continue;
    last = outcome;
    if (++refusals === MOST_REFUSALS) return last;
  }
  return last;
}

/**
 * Opens a namespace for setns(2), for as long as something is done in it: through a process that lives in it, or by
 * the mount that keeps it.
 *
 * Source: /proc/<pid>/ns/net, a mount of nsfs; namespaces(7)
 * Needs:  nothing for our own; for another one same uid or CAP_SYS_PTRACE, and CAP_SYS_ADMIN to enter it
 * @param use gets null for our own namespace, which need not be entered
 */
export function withNetNamespace<T>(
  procfs: Procfs,
  namespace: NetNamespace,
  use: (fd: number | null) => Outcome<T>,
): Outcome<T> {
  if (namespace.isOwn) return use(null);
  const { inode, path } = namespace;
  if (inode === null) return { kind: 'denied', errno: 'EACCES' };
  const opened = openThroughProcess(procfs, namespace.pids, inode);
  const usable = opened.kind !== 'value' && path !== null ? openIfIs(path, inode) : opened;
  if (usable.kind !== 'value') return usable;
  try {
    return use(usable.value);
  } finally {
    fs.closeSync(usable.value);
  }
}

/** Notes a namespace that could be neither entered nor read; of one that has ended there is nothing to note. */
export function logUnreadable(log: CoverageLog, outcome: Missing): void {
  if (outcome.kind === 'malformed') log.addDamage(outcome.error, null);
  else if (outcome.kind !== 'gone') log.addCount('net_namespace_unreadable', 1);
}

/** A namespace in a word for people: its name, or `net:[N]`. */
export function labelOf({ name, inode }: NetNamespace): ByteString {
  return name ?? (inode === null ? 'another' : `net:[${inode}]`);
}

function openThroughProcess(procfs: Procfs, pids: readonly number[], inode: bigint): Outcome<number> {
  return firstAnswer(pids, (pid) => {
    return withProcess(procfs, pid, ({ fd }): Outcome<number> => {
      if (fd === null) return { kind: 'unsupported', errno: 'ENOSYS' };
      return openIfIs(`/proc/self/fd/${fd}/ns/net`, inode);
    });
  });
}

/**
 * What is mounted, or lived in, may be another one by now. The file itself says which one it is: a link to it is
 * `net:[N]` only where it was opened through a process.
 */
function openIfIs(path: ByteString, inode: bigint): Outcome<number> {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  const opened = attempt(() => fs.openSync(Buffer.from(path, 'latin1'), O_RDONLY | O_NONBLOCK));
  if (opened.kind !== 'value') return opened;
  const { dev, ino } = fs.fstatSync(opened.value, { bigint: true });
  const nsfs = attempt(() => fs.statSync('/proc/self/ns/net', { bigint: true }).dev);
  if (ino === inode && dev === valueOrNull(nsfs)) return opened;
  fs.closeSync(opened.value);
  return { kind: 'gone', errno: 'ENOENT' };
}

function livesIn(held: HeldProcess, { inode, filesInode }: NetNamespace): boolean {
  const link = held.readlink('ns/net');
  if (link.kind === 'value') return inode !== null && link.value === `net:[${inode}]`;
  return filesInode !== null && valueOrNull(held.stat('net/dev'))?.ino === filesInode;
}

function filesInodeOf(procfs: Procfs, pid: number): bigint | null {
  return valueOrNull(withProcess(procfs, pid, (held) => held.stat('net/dev')))?.ino ?? null;
}

function ownInode(procfs: Procfs): bigint | null {
  const link = procfs.readlink('self/ns/net');
  return link.kind === 'value' ? inodeOf(link.value) : null;
}

function keptByMounts(procfs: Procfs, log: CoverageLog): { inode: bigint; path: ByteString }[] {
  const mounts = parseOutcome(procfs.read('self/mountinfo'), parseMountinfo);
  if (mounts.kind === 'malformed') log.addDamage(mounts.error, null);
  return (valueOrNull(mounts) ?? []).flatMap(({ fsType, root, mountPoint }) => {
    const inode = fsType === 'nsfs' ? inodeOf(root) : null;
    return inode === null ? [] : [{ inode, path: mountPoint }];
  });
}

function inodeOf(link: ByteString): bigint | null {
  const digits = /^net:\[(\d{1,20})\]$/.exec(link)?.[1];
  return digits === undefined ? null : BigInt(digits);
}
