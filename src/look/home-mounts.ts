import { MountTable } from '../kernel/mounts.ts';
import { type HeldFile, withProcess } from '../kernel/procfs.ts';
import { homeAtOrAbove, isAtOrBelow, withoutSlash } from '../model/home.ts';
import type { MarkedHome, Mount } from '../model/mount.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import { type FileId, sameFile } from '../model/process.ts';
import type { HomeReport } from '../model/snapshot.ts';
import { type ByteString, toBytes, toText } from '../model/text.ts';
import type { MachineLook } from './machine-look.ts';
import type { SeenNamespace, Worker } from './workers.ts';

/** What a path leads to in a namespace; `nothing` where it leads nowhere, `unseen` where that cannot be told. */
type Place = { readonly mountId: number; readonly file: FileId } | 'nothing' | 'unseen';

/**
 * What the mounts are to the homes, by the number of the mount.
 *
 * Source: mountinfo; what a home's path leads to through /proc/<pid>/root; the mount of /proc/<pid>/cwd (its fdinfo)
 * Needs:  same uid or CAP_SYS_PTRACE; what may not be seen is counted
 */
export function markHomes(
  look: MachineLook,
  all: readonly SeenNamespace[],
  wanted: readonly SeenNamespace[],
): ReadonlyMap<number, readonly MarkedHome[]> {
  const marks = new Marks();
  const link = valueOrNull(look.machine.procfs.readlink('self/ns/mnt'));
  const own = all.find(({ namespace }) => link === `mnt:[${namespace.inode}]`) ?? null;
  const unseen = new Set<ByteString>();
  // A symbolic link that is absolute leads on from our root, whatever namespace it lies in.
  const mayLeadToRemote = own === null || new MountTable(own.namespace.mounts).hasRemote;
  for (const seen of wanted) {
    if (!seen.namespace.whole) {
      // Where only a part is seen, or may be, its paths may begin somewhere else than the homes'.
      for (const home of look.snapshot.homes) unseen.add(pathOf(home));
      continue;
    }
    markMountPoints(look, seen, marks);
    const places = new Places(look, seen, mayLeadToRemote);
    if (seen !== own) {
      for (const home of look.snapshot.homes)
        if (!markOther(home, { seen, own, places, marks })) unseen.add(pathOf(home));
    }
    for (const worker of seen.workers) {
      const missed = markAbove(look, worker, { seen, places, marks });
      if (missed !== null) unseen.add(missed);
    }
  }
  if (unseen.size > 0) look.log.setCount('home_mount_unseen', unseen.size);
  return marks.byMount;
}

/** Those that are mounted on a home's own path. */
function markMountPoints({ snapshot }: MachineLook, { namespace }: SeenNamespace, marks: Marks): void {
  const byPath = new Map(snapshot.homes.map((home) => [pathOf(home), home]));
  for (const { id, mountPoint } of namespace.mounts) {
    const home = byPath.get(mountPoint);
    if (home) marks.add(id, { mark: 'on', name: home.name, path: home.path, pid: null });
  }
}

interface Where {
  readonly seen: SeenNamespace;
  readonly places: Places;
  readonly marks: Marks;
}

/**
 * In another namespace than ours: whether a home that it has, too, is covered there.
 * @returns false where that could not be told
 */
function markOther(home: HomeReport, { seen, own, places, marks }: Where & { own: SeenNamespace | null }): boolean {
  if (home.id === null) return true;
  const path = pathOf(home);
  const [there, here] = [seen.tree.lookUp(path), own?.tree.lookUp(path)];
  // A namespace begins as a copy: what is the same part of the same file system at the same place is the same mount.
  const isCopy = (mount: Mount) =>
    mount.device === here?.device && mount.root === here.root && mount.mountPoint === here.mountPoint;
  // Who does not have the mount that the home lies on, as a container, has nothing that could be covered.
  if (!there || isCopy(there) || !seen.namespace.mounts.some(isCopy)) return true;
  const place = places.of(path);
  if (place === 'unseen') return false;
  if (place === 'nothing' || sameFile(place.file, home.id)) return true;
  marks.add(place.mountId, { mark: 'over', name: home.name, path: home.path, pid: null });
  return true;
}

/**
 * Whether a process works below something that is mounted over its home: its directory has the name of a home, and that
 * name leads to another mount than the one it lies on.
 * @returns the home's path where that could not be told
 */
function markAbove(look: MachineLook, worker: Worker, { seen, places, marks }: Where): ByteString | null {
  const { pid, path, mountId } = worker;
  const home = path === null ? null : homeAtOrAbove(look.snapshot.homeSpecs, path);
  const own = seen.tree.get(mountId);
  if (path === null || home === null || own === null) return null;
  const above = seen.tree.lookUp(path);
  if (above === null || above.id === mountId || !isAtOrBelow(home.path, above.mountPoint)) return null;
  // Two mounts of one file system can show the same directory; of two file systems they cannot.
  if (above.device === own.device) {
    const place = places.of(path);
    const works = place === 'nothing' ? null : places.workedIn(worker);
    if (place === 'unseen' || (place !== 'nothing' && works === null)) return home.path;
    if (place !== 'nothing' && works !== null && sameFile(place.file, works)) return null;
  }
  marks.add(above.id, { mark: 'over', name: toText(home.name), path: toText(home.path), pid });
  return null;
}

/** A home once a mount: that it is covered says more than that something is mounted on it. */
class Marks {
  readonly byMount = new Map<number, MarkedHome[]>();

  add(mountId: number, mark: MarkedHome): void {
    const known = this.byMount.get(mountId) ?? [];
    const index = known.findIndex((it) => it.path?.text === mark.path?.text);
    const before = known[index];
    if (before === undefined) known.push(mark);
    else if (before.mark === 'on' || (before.pid === null && mark.pid !== null)) known[index] = mark;
    this.byMount.set(mountId, known);
  }
}

/** Follows paths in a namespace without asking a file system that may hang. */
class Places {
  readonly #look: MachineLook;
  readonly #seen: SeenNamespace;
  readonly #table: MountTable;
  readonly #mayHang: boolean;

  constructor(look: MachineLook, seen: SeenNamespace, mayLeadToRemote: boolean) {
    this.#look = look;
    this.#seen = seen;
    this.#table = new MountTable(seen.namespace.mounts);
    this.#mayHang = mayLeadToRemote || this.#table.hasRemote;
  }

  /** What a path leads to. A symbolic link that leads out of the namespace ends at a mount that is not in it. */
  of(path: ByteString): Place {
    if (!this.#look.machine.isLive || this.#mayHang) return 'unseen';
    const place = withProcess(this.#look.machine.procfs, this.#seen.namespace.readThrough, (held): Outcome<Place> => {
      const file = held.hold(`root${path}`);
      if (file.kind === 'value') return value(this.#placeOf(file.value));
      // A process that has ended has no root, and the errno is the same.
      return value(file.kind === 'gone' && held.readlink('root').kind === 'value' ? 'nothing' : 'unseen');
    });
    return valueOrNull(place) ?? 'unseen';
  }

  /** The directory that a process works in, beneath whatever is mounted over it. */
  workedIn({ pid, mountId }: Worker): FileId | null {
    if (!this.#table.isLocal(mountId)) return null;
    const own = withProcess(this.#look.machine.procfs, pid, (held): Outcome<FileId> => {
      const file = held.hold('cwd');
      if (file.kind !== 'value') return file;
      try {
        const now = valueOrNull(file.value.mountId());
        return now === mountId ? file.value.stat(0) : { kind: 'gone', errno: 'ENOENT' };
      } finally {
        file.value.close();
      }
    });
    return valueOrNull(own);
  }

  #placeOf(file: HeldFile): Place {
    try {
      const mountId = valueOrNull(file.mountId());
      if (mountId === null || this.#seen.tree.get(mountId) === null || !this.#table.isLocal(mountId)) return 'unseen';
      const own = valueOrNull(file.stat(0));
      return own === null ? 'unseen' : { mountId, file: own };
    } finally {
      file.close();
    }
  }
}

function pathOf({ path }: HomeReport): ByteString {
  return withoutSlash(toBytes(path));
}
