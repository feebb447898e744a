import type { Joined } from './session-tag.ts';
import type { ByteString, Text } from './text.ts';

/** One line of a mount table. Paths and names are decoded; see `superOptions` for what stays as the kernel writes it. */
export interface Mount {
  /** Unique among the mounts that exist now, whatever namespace they are in; given again when it has gone. */
  readonly id: number;
  /** The mount that it is mounted on; of the root, one that is in no table. */
  readonly parentId: number;
  /** The device of its file system, in decimal: `254:0`. */
  readonly device: string;
  /** What of its file system is mounted there: `/`, a directory of it, `mnt:[4026532201]`; `/x//deleted` once removed. */
  readonly root: ByteString;
  readonly mountPoint: ByteString;
  /** Options of this mount: `rw,relatime`. */
  readonly options: ByteString;
  /** `shared:5`, `master:1`, `propagate_from:2`, `unbindable`, and what later kernels may say. */
  readonly optionalFields: readonly ByteString[];
  readonly fsType: ByteString;
  /** What was named when it was mounted: a device, `server:/path`, or any word; empty where nothing was. */
  readonly source: ByteString;
  /**
   * Options of the file system itself: `rw,hidepid=invisible`. A comma within a value stays `\054` and a backslash
   * `\134`, so that the commas that are there part the options.
   */
  readonly superOptions: ByteString;
}

/** A mount namespace with its table, as it was read through one process that lives in it. */
export interface MountNamespace {
  /** Null where its processes may not be asked for it: then its mounts' ids tell it from others. */
  readonly inode: bigint | null;
  readonly mounts: readonly Mount[];
  /** The process whose table it is: mount points are as that process finds them. */
  readonly readThrough: number;
  /** False where every process in it has a root of its own, or may have one: it shows only what is below that. */
  readonly whole: boolean;
  /** Every process that lives in it, in order. */
  readonly pids: readonly number[];
}

/**
 * What a mount is to a home:
 * - `on`: it is mounted on the home's path: the home is its root, and covers the directory that was there;
 * - `over`: it covers the home: its namespace has the mount that the home lies on, and under the home's path another
 *   directory on this one; or a process works in a directory of the home's name, which leads to another one on it;
 * - `gone`: it was unmounted (umount -l) while a process worked on it: no table that can be read has it any more.
 */
type HomeMark = 'on' | 'over' | 'gone';

/** A home that a mount has to do with. */
export interface MarkedHome {
  readonly mark: HomeMark;
  /** Null for a mount that is gone, where what is left of it does not say which home it held. */
  readonly name: Text | null;
  readonly path: Text | null;
  /** A process that works in what is covered or gone; null where none was seen. */
  readonly pid: number | null;
}

/** A mount as a row. */
export interface MountEntry extends Joined {
  readonly namespace: MountNamespace;
  readonly id: number;
  /** Null for one that is gone: no table has it any more. */
  readonly mount: Mount | null;
  /** The device of one that is gone, where its file system has said so. */
  readonly device: string | null;
  /** Whether another mount hides it from its own path; null for one that is gone, and where the root is not seen. */
  readonly covered: boolean | null;
  readonly homes: readonly MarkedHome[];
}
