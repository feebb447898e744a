import { valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { parseMountinfo } from './parse/mountinfo.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

/** File systems whose answers come from somewhere else, and may not come at all. */
const REMOTE = /^(?:nfs|nfs4|cifs|smb3|smbfs|9p|ceph|afs|lustre|fuse|fuseblk|fuse\..+)$/;

/** A mount table, as far as it says what may hang. */
export class MountTable {
  readonly #mounts: readonly { readonly mountPoint: ByteString; readonly remote: boolean }[];
  /** False on most machines: then nothing has to be asked with care. */
  readonly hasRemote: boolean;

  constructor(bytes: Uint8Array) {
    this.#mounts = parseMountinfo(bytes).map(({ mountPoint, fsType }) => ({ mountPoint, remote: REMOTE.test(fsType) }));
    this.hasRemote = this.#mounts.some((mount) => mount.remote);
  }

  /** True where the path lies on a remote file system: the longest mount point above it decides, the last of equals. */
  isRemote(path: ByteString): boolean {
    let longest = -1;
    let remote = false;
    for (const mount of this.#mounts) {
      const { mountPoint } = mount;
      const above = mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
      if (!above || mountPoint.length < longest) continue;
      longest = mountPoint.length;
      remote = mount.remote;
    }
    return remote;
  }
}

/** The mount tables of the namespaces that processes live in, each read once a look. */
export class MountTables {
  readonly #procfs: Procfs;
  readonly #log: CoverageLog;
  readonly #byNamespace = new Map<ByteString, MountTable | null>();

  constructor(procfs: Procfs, log: CoverageLog) {
    this.#procfs = procfs;
    this.#log = log;
  }

  /** Our own; null where it cannot be read, and then every path must be asked with care. */
  own(): MountTable | null {
    return this.#tableOf(
      () => this.#procfs.readlink('self/ns/mnt'),
      () => this.#procfs.read('self/mountinfo'),
    );
  }

  /** A process's. Needs: same uid or CAP_SYS_PTRACE, like the working directory that it is asked for. */
  of(held: HeldProcess): MountTable | null {
    return this.#tableOf(
      () => held.readlink('ns/mnt'),
      () => held.read('mountinfo'),
    );
  }

  #tableOf(
    namespace: () => ReturnType<HeldProcess['readlink']>,
    mountinfo: () => ReturnType<HeldProcess['read']>,
  ): MountTable | null {
    const id = valueOrNull(namespace());
    const known = id === null ? undefined : this.#byNamespace.get(id);
    if (known !== undefined) return known;
    const table = parseOutcome(mountinfo(), (bytes) => new MountTable(bytes));
    if (table.kind === 'malformed') this.#log.setCount('malformed', 1);
    if (id !== null) this.#byNamespace.set(id, valueOrNull(table));
    return valueOrNull(table);
  }
}
