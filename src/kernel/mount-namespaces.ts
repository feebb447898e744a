import type { Mount, MountNamespace } from '../model/mount.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { isLive, PF, type ProcessStat } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { parseMountinfo } from './parse/mountinfo.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';
import { UnnamedNamespaces } from './unnamed-namespaces.ts';

/** What a process's link says of its mount namespace: `mnt:[4026531841]`. */
const LINK = /^mnt:\[(\d{1,20})\]$/;

/**
 * Every mount namespace that a process lives in, each once, with its table.
 * A process shows only what lies below its own root, so the table is read through one whose root is the namespace's,
 * wherever one is, the lowest number first. Where another user's process does not tell its namespace, its table does: the id of a mount is given once on the whole machine.
 *
 * Source: /proc/<pid>/ns/mnt, root and mountinfo, mount_namespaces(7)
 * Needs:  nothing for the tables; same uid or CAP_SYS_PTRACE to name a namespace, and to tell that a table is whole
 * @param stats every process; of one whose first thread has ended another thread is asked
 */
export function readMountNamespaces(
  procfs: Procfs,
  stats: Iterable<ProcessStat>,
  log: CoverageLog,
): readonly MountNamespace[] {
  const { members, unnamed } = whoLivesWhere(procfs, stats);
  const namespaces: MountNamespace[] = [];
  for (const [link, pids] of members) {
    const namespace = readThroughOneOf(procfs, { link, pids }, log);
    if (namespace) namespaces.push(namespace);
  }
  const all = withUnnamed(procfs, { namespaces, unnamed }, log);
  for (const { whole, readThrough } of all) if (!whole) log.addPid('mount_namespace_partial', readThrough);
  const unentered = heldByMountsAlone(all, members);
  if (unentered > 0) log.setCount('mount_namespace_unentered', unentered);
  return all;
}

/**
 * The link of a process's mount namespace.
 *
 * Source: /proc/<pid>/ns/mnt, since Linux 3.8; of a process without its first thread /proc/<pid>/task/<tid>/ns/mnt
 * Needs:  same uid or CAP_SYS_PTRACE; otherwise denied
 */
function mountNamespaceLink(procfs: Procfs, { pid, state, threadCount }: ProcessStat): Outcome<ByteString> {
  const isHeadless = state === 'Z' && threadCount > 1;
  if (!isHeadless) return procfs.readlink(`${pid}/ns/mnt`);
  return withProcess(procfs, pid, (held) => {
    const tids = held.list('task');
    if (tids.kind !== 'value') return tids;
    const other = tids.value.find((tid) => tid !== String(pid));
    return other === undefined ? held.readlink('ns/mnt') : held.readlink(`task/${other}/ns/mnt`);
  });
}

function whoLivesWhere(procfs: Procfs, stats: Iterable<ProcessStat>) {
  const members = new Map<ByteString, number[]>();
  const unnamed: number[] = [];
  const inOrder = [...stats].sort((a, b) => a.pid - b.pid);
  const kernels: number[] = [];
  for (const stat of inOrder) {
    if (stat.flags & PF.KTHREAD) kernels.push(stat.pid);
    if (stat.flags & PF.KTHREAD || !isLive(stat)) continue;
    const link = mountNamespaceLink(procfs, stat);
    if (link.kind === 'value') {
      const known = members.get(link.value);
      if (known) known.push(stat.pid);
      else members.set(link.value, [stat.pid]);
    } else if (link.kind !== 'gone') {
      unnamed.push(stat.pid);
    }
  }
  // The kernel's own threads live where others do, but for one that has a namespace to itself: kdevtmpfs.
  for (const pid of kernels) {
    const link = procfs.readlink(`${pid}/ns/mnt`);
    if (link.kind === 'value' && !members.has(link.value)) members.set(link.value, [pid]);
  }
  return { members, unnamed };
}

interface Members {
  readonly link: ByteString;
  readonly pids: readonly number[];
}

/** Through the first process whose root is the namespace's; else through the one that seems to see most of it. */
function readThroughOneOf(procfs: Procfs, { link, pids }: Members, log: CoverageLog): MountNamespace | null {
  const inode = BigInt(LINK.exec(link)?.[1] ?? 0);
  const inside: { readonly pid: number; readonly root: ByteString | null }[] = [];
  let isDamaged = false;
  const tableOf = (pid: number): readonly Mount[] => {
    const mounts = withProcess(procfs, pid, (held) => tableIn(held, link));
    if (mounts.kind === 'malformed') {
      if (!isDamaged) log.addDamage(mounts.error, pid);
      isDamaged = true;
    }
    return valueOrNull(mounts) ?? [];
  };
  for (const pid of pids) {
    const root = withProcess(procfs, pid, (held) => held.readlink('root'));
    if (root.kind === 'gone') continue;
    inside.push({ pid, root: valueOrNull(root) });
    if (valueOrNull(root) !== '/') continue;
    const mounts = tableOf(pid);
    // A root that was unmounted is called `/` too, and nothing of the namespace lies below it.
    if (mounts.some(({ mountPoint }) => mountPoint === '/'))
      return { inode, mounts, readThrough: pid, whole: true, pids };
    if (isDamaged) return null;
  }
  for (const { pid } of inside.sort((a, b) => depthOf(a.root) - depthOf(b.root))) {
    const mounts = tableOf(pid);
    if (isDamaged) return null;
    if (mounts.length > 0) return { inode, mounts, readThrough: pid, whole: false, pids };
  }
  for (const { pid } of inside) log.addPid('mount_namespace_partial', pid);
  return null;
}

/** How far down a process's root seems to lie; one that may not be seen comes last. */
function depthOf(root: ByteString | null): number {
  return root?.length ?? Number.POSITIVE_INFINITY;
}

/** The table of a process if it still lives there. */
function tableIn(held: HeldProcess, link: ByteString): Outcome<Mount[]> {
  const own = held.readlink('ns/mnt');
  if (own.kind === 'value' && own.value !== link) return value([]);
  return parseOutcome(held.read('mountinfo'), parseMountinfo);
}

function withUnnamed(
  procfs: Procfs,
  { namespaces, unnamed }: { readonly namespaces: readonly MountNamespace[]; readonly unnamed: readonly number[] },
  log: CoverageLog,
): readonly MountNamespace[] {
  if (unnamed.length === 0) return namespaces;
  const others = new UnnamedNamespaces(namespaces);
  for (const pid of unnamed) {
    const bytes = withProcess(procfs, pid, (held) => held.read('mountinfo'));
    // EINVAL: it is ending, and lives in no namespace any more.
    if (bytes.kind === 'gone' || (bytes.kind === 'unsupported' && bytes.errno === 'EINVAL')) continue;
    const placed = bytes.kind === 'value' ? others.place(pid, bytes.value) : null;
    if (placed?.kind === 'malformed') log.addDamage(placed.error, pid);
    else if (placed?.kind !== 'value') log.addPid('mount_namespace_denied', pid);
  }
  return others.all();
}

/** Namespaces that are kept by a bind mount of their file, and that no process lives in. */
function heldByMountsAlone(namespaces: readonly MountNamespace[], members: ReadonlyMap<ByteString, unknown>): number {
  const kept = new Set<ByteString>();
  for (const { mounts } of namespaces) {
    for (const { root } of mounts) if (LINK.test(root) && !members.has(root)) kept.add(root);
  }
  return kept.size;
}
