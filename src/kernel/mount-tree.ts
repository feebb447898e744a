import type { Mount } from '../model/mount.ts';
import type { ByteString } from '../model/text.ts';

/** The mounts of one namespace as they lie on each other: to which of them a path leads. */
export class MountTree {
  readonly #byId = new Map<number, Mount>();
  readonly #byPlace = new Map<string, Mount>();
  readonly #root: Mount | null;

  constructor(mounts: readonly Mount[]) {
    for (const mount of mounts) this.#byId.set(mount.id, mount);
    let root: Mount | null = null;
    for (const mount of mounts) {
      // A root's parent is itself, or lies outside of what the process sees.
      if (mount.parentId !== mount.id && this.#byId.has(mount.parentId)) this.#byPlace.set(placeOf(mount), mount);
      else if (mount.mountPoint === '/') root ??= mount;
    }
    this.#root = root;
  }

  get(id: number): Mount | null {
    return this.#byId.get(id) ?? null;
  }

  /**
   * The mount that a path leads to, as the kernel walks it: at each directory whatever is mounted on it there, and on
   * that again.
   * @param path absolute and without symbolic links or `..`, as the links of /proc are
   * @returns null where the table has no root to begin at
   */
  lookUp(path: ByteString): Mount | null {
    let mount = this.#root && this.#top(this.#root, '/');
    for (let at = path.indexOf('/', 1); mount !== null; at = path.indexOf('/', at + 1)) {
      const prefix = at === -1 ? path : path.slice(0, at);
      if (prefix !== '/') mount = this.#top(mount, prefix);
      if (at === -1) break;
    }
    return mount;
  }

  /** Whether its path does not lead to a mount any more, since others are mounted on it or above it; null: not known. */
  covers(mount: Mount): boolean | null {
    const found = this.lookUp(mount.mountPoint);
    return found && found.id !== mount.id;
  }

  /** The last of those that are mounted on each other at a place. */
  #top(below: Mount, path: ByteString): Mount {
    let mount = below;
    for (;;) {
      const next = this.#byPlace.get(`${mount.id} ${path}`);
      if (next === undefined) return mount;
      mount = next;
    }
  }
}

function placeOf({ parentId, mountPoint }: Mount): string {
  return `${parentId} ${mountPoint}`;
}
