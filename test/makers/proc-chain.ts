import fs from 'node:fs';
import type { ToldLevel } from './told.ts';

/** A directory as stat(2) tells it. */
export interface Directory {
  readonly dev: number;
  readonly ino: bigint;
}

/** What /proc leads to from a working directory by `..`, to the one that is its own parent; null where it cannot be read. */
export function procChain(pid: number): Directory[] | null {
  const chain: Directory[] = [];
  for (let path = `/proc/${pid}/cwd`; ; path += '/..') {
    try {
      const { dev, ino } = fs.statSync(path, { bigint: true });
      const last = chain.at(-1);
      if (last !== undefined && last.dev === Number(dev) && last.ino === ino) return chain;
      chain.push({ dev: Number(dev), ino });
    } catch {
      return null;
    }
  }
}

/** The same of what an iterator has told. */
export function toldChain(levels: readonly ToldLevel[]): Directory[] {
  return levels.map(({ dev, ino }) => ({ dev, ino }));
}
