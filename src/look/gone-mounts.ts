import { CoverageLog } from '../kernel/coverage.ts';
import { askCwdOn } from '../kernel/gone-directory.ts';
import { readMountNamespaces } from '../kernel/mount-namespaces.ts';
import { deviceWord } from '../model/device.ts';
import type { MarkedHome, MountEntry, MountNamespace } from '../model/mount.ts';
import { valueOrNull } from '../model/outcome.ts';
import { sameFile } from '../model/process.ts';
import { distinctTags } from '../model/session-tag.ts';
import type { MachineLook } from './machine-look.ts';
import type { SeenNamespace, Worker } from './workers.ts';

interface Stranded {
  readonly namespace: MountNamespace;
  readonly worker: Worker;
}

/**
 * The mounts that were unmounted while somebody works on them (umount -l): no table has them, and what the kernel still
 * tells of one is its number and the files on it. The processes in question are those of `workersIn`.
 *
 * Source: mnt_id in the fdinfo of /proc/<pid>/cwd, beside every mount table; stat(2) of that directory and its parents
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export async function goneMounts(
  look: MachineLook,
  all: readonly SeenNamespace[],
  wanted: readonly SeenNamespace[],
): Promise<MountEntry[]> {
  const stranded = new Map<number, Stranded[]>();
  for (const { namespace, workers } of wanted) {
    // Who sees a part of the table only may work on a mount that is in the rest of it.
    if (!namespace.whole) continue;
    for (const worker of workers) {
      if (all.some(({ tree }) => tree.get(worker.mountId) !== null)) continue;
      stranded.set(worker.mountId, [...(stranded.get(worker.mountId) ?? []), { namespace, worker }]);
    }
  }
  if (stranded.size === 0) return [];
  // A mount that is younger than the tables is in no table either.
  const now = readMountNamespaces(look.machine.procfs, look.stats.values(), new CoverageLog());
  for (const { mounts } of now) for (const { id } of mounts) stranded.delete(id);
  return Promise.all([...stranded].map(([id, there]) => entryOf(look, id, there)));
}

async function entryOf(look: MachineLook, id: number, there: readonly Stranded[]): Promise<MountEntry> {
  const tagged = there.map((it) => {
    const stat = look.stats.get(it.worker.pid);
    return { ...it, tag: stat ? look.tagOf(stat) : null };
  });
  const sessions = distinctTags(tagged.map(({ tag }) => tag));
  // Never empty: each is noted with its first.
  const first = (tagged.find(({ tag }) => tag?.by === 'owner') ?? tagged[0]) as (typeof tagged)[0];
  const chain = valueOrNull(await askCwdOn(look.machine, first.worker.pid, id)) ?? [];
  const report = look.snapshot.homes.find(({ id }) => id !== null && chain.some((file) => sameFile(file, id)));
  const { pid } = first.worker;
  const mark: MarkedHome = { mark: 'gone', name: report?.name ?? null, path: report?.path ?? null, pid };
  const namespace = { ...first.namespace, readThrough: pid };
  const device = chain[0] ? deviceWord(chain[0].dev) : null;
  return { namespace, id, mount: null, device, covered: null, homes: [mark], sessions };
}
