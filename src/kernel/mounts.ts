import type { Mount } from '../model/mount.ts';
import { type Outcome, valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { parseMountinfo } from './parse/mountinfo.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

/** File systems whose answers come from somewhere else, and may not come at all. */
const REMOTE = /^(?:nfs|nfs4|cifs|smb3|smbfs|9p|ceph|afs|lustre|fuse|fuseblk|fuse\..+)$/;

/** How a path or a mount may be asked. */
export type Reach = 'local' | 'remote' | 'past_remote';

/** A mount table, as far as it says what may hang. */
export class MountTable {
  readonly #mounts: readonly { readonly mountPoint: ByteString; readonly remote: boolean }[];
  readonly #remoteById: ReadonlyMap<number, boolean>;
  readonly #typeByDevice: ReadonlyMap<bigint, string>;
  readonly #deviceById: ReadonlyMap<number, bigint>;
  /** False on most machines: then nothing has to be asked with care. */
  readonly hasRemote: boolean;

  constructor(mounts: readonly Mount[]) {
    this.#mounts = mounts.map(({ mountPoint, fsType }) => ({ mountPoint, remote: REMOTE.test(fsType) }));
    this.#remoteById = new Map(mounts.map(({ id, fsType }) => [id, REMOTE.test(fsType)]));
    this.#typeByDevice = new Map(mounts.map(({ device, fsType }) => [encodedDevice(device), fsType]));
    this.#deviceById = new Map(mounts.map(({ id, device }) => [id, encodedDevice(device)]));
    this.hasRemote = this.#mounts.some((mount) => mount.remote);
  }

  /**
   * Where a path leads: the longest mount point above it decides, the last of equals. A local directory below a
   * remote one (`past_remote`) hangs when its parents are asked for.
   */
  reach(path: ByteString): Reach {
    if (!this.hasRemote) return 'local';
    let longest = -1;
    let reach: Reach = 'local';
    for (const { mountPoint, remote } of this.#mounts) {
      const above = mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
      if (!above) continue;
      if (mountPoint.length >= longest) {
        longest = mountPoint.length;
        reach = remote ? 'remote' : reach === 'local' ? 'local' : 'past_remote';
      } else if (remote && reach === 'local') {
        reach = 'past_remote';
      }
    }
    return reach;
  }

  /** The type of the file system on a device, which is the kernel's own number for it; null for one that is not in it. */
  typeOn(device: bigint): string | null {
    return this.#typeByDevice.get(device) ?? null;
  }

  /** The device of a mount's file system as the kernel has it, which is not what stat(2) tells of all of them. */
  deviceOf(mountId: number): bigint | null {
    return this.#deviceById.get(mountId) ?? null;
  }

  /** True where a mount is in the table and local. One that is in no table was unmounted while in use. */
  isLocal(mountId: number): boolean {
    return this.reachOf(mountId) === 'local';
  }

  /** Null for a mount that is not in it. */
  reachOf(mountId: number): 'local' | 'remote' | null {
    const isRemote = this.#remoteById.get(mountId);
    return isRemote === undefined ? null : isRemote ? 'remote' : 'local';
  }
}

/** `254:0` as stat(2) tells it. */
function encodedDevice(device: string): bigint {
  const [major = 0, minor = 0] = device.split(':').map(Number);
  return BigInt(((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0);
}

/** The mount tables of the namespaces that processes live in, each read once a look. */
export class MountTables {
  readonly #procfs: Procfs;
  readonly #log: CoverageLog;
  readonly #byNamespace = new Map<ByteString, MountTable>();
  #own: MountTable | null | undefined;

  constructor(procfs: Procfs, log: CoverageLog) {
    this.#procfs = procfs;
    this.#log = log;
  }

  /** Our own; null where it cannot be read, and then every path must be asked with care. */
  own(): MountTable | null {
    if (this.#own === undefined) {
      this.#own = this.#parse(this.#procfs.read('self/mountinfo'));
      const namespace = valueOrNull(this.#procfs.readlink('self/ns/mnt'));
      if (namespace !== null && this.#own) this.#byNamespace.set(namespace, this.#own);
    }
    return this.#own;
  }

  /**
   * The table of a process's namespace; null where there is none to trust.
   * A process shows only the mounts below its own root, so for another namespace than ours it counts only where that
   * root is the namespace's.
   *
   * Needs: same uid or CAP_SYS_PTRACE, like the working directory that it is asked for
   * @param prefix empty, or `task/<tid>/` where the first thread has ended
   */
  of(held: HeldProcess, prefix: string): MountTable | null {
    this.own();
    const namespace = valueOrNull(held.readlink(`${prefix}ns/mnt`));
    if (namespace === null) return null;
    const known = this.#byNamespace.get(namespace);
    if (known) return known;
    if (valueOrNull(held.readlink(`${prefix}root`)) !== '/') return null;
    const table = this.#parse(held.read(`${prefix}mountinfo`));
    if (table) this.#byNamespace.set(namespace, table);
    return table;
  }

  /**
   * The same of a mount of any namespace that was met: the kernel numbers them together, and a descriptor that was
   * inherited lies on a mount of the namespace that it was opened in.
   */
  reachOf(mountId: number): 'local' | 'remote' | null {
    for (const table of this.#byNamespace.values()) {
      const reach = table.reachOf(mountId);
      if (reach !== null) return reach;
    }
    return null;
  }

  #parse(bytes: Outcome<Uint8Array>): MountTable | null {
    const mounts = parseOutcome(bytes, parseMountinfo);
    if (mounts.kind === 'malformed') this.#log.addDamage(mounts.error, null);
    return mounts.kind === 'value' && mounts.value.length > 0 ? new MountTable(mounts.value) : null;
  }
}
