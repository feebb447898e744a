import type { Home } from '../model/home.ts';
import type { FileId, WorkingDirectory } from '../model/process.ts';

/** Finds homes by what the kernel compares, never by path: bind mounts, renames and symlinks do not matter. */
export class HomeIndex {
  readonly homes: readonly Home[];
  readonly #byInode = new Map<bigint, Home[]>();

  constructor(homes: readonly Home[]) {
    this.homes = homes;
    for (const home of homes) {
      const sameInode = this.#byInode.get(home.ino);
      if (sameInode) sameInode.push(home);
      else this.#byInode.set(home.ino, [home]);
    }
  }

  /** The home that this directory is. */
  at(id: FileId): Home | null {
    return this.#byInode.get(id.ino)?.find((home) => home.dev === id.dev) ?? null;
  }

  /** The nearest home up the chain, and how many levels above the working directory it lies. */
  of(cwd: WorkingDirectory): { readonly home: Home; readonly levelsUp: number } | null {
    for (const [levelsUp, id] of cwd.chain.entries()) {
      const home = this.at(id);
      if (home) return { home, levelsUp };
    }
    return null;
  }
}
