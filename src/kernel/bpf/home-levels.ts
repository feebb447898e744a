import fs from 'node:fs';
import type { Home } from '../../model/home.ts';
import { type FileId, sameFile } from '../../model/process.ts';
import { attempt } from '../attempt.ts';
import { kernelFileId } from '../kernel-file-id.ts';
import type { MountTable } from '../mounts.ts';
import type { Procfs } from '../procfs.ts';
import { O_PATH } from '../procfs-live.ts';
import type { TaskRow } from './task-row.ts';

/** File systems of which stat(2) tells what the kernel itself compares: one device, and an inode number a file. */
const PLAIN: ReadonlySet<string> = new Set('ext2 ext3 ext4 xfs f2fs tmpfs ramfs vfat exfat squashfs erofs'.split(' '));

/** Those of which it does as a rule: each directory is looked at. */
const CHECKED: ReadonlySet<string> = new Set(['overlay', 'zfs']);

/** Whether what stat(2) tells of files on a device is what the kernel itself calls them. */
export function isPlain(device: bigint, mounts: MountTable | null): boolean {
  return PLAIN.has(mounts?.typeOn(device) ?? '');
}

/**
 * The homes whose directories the iterator would not tell: on btrfs the device is a subvolume's, and all subvolumes have
 * one device and the same numbers inside of the kernel.
 *
 * Source: /proc/self/mountinfo; /proc/self/fdinfo/<fd>, lines mnt_id and ino (since Linux 5.14)
 * Needs:  search permission up to each home on a file system that is not known to be plain
 */
export function homesNotTold(homes: readonly Home[], mounts: MountTable | null, procfs: Procfs): Home[] {
  return homes.filter((home) => !isPlain(home.dev, mounts) && !isWhatTheKernelSays(home, mounts, procfs));
}

function isWhatTheKernelSays(home: Home, mounts: MountTable | null, procfs: Procfs): boolean {
  if (!CHECKED.has(mounts?.typeOn(home.dev) ?? '')) return false;
  const held = attempt(() => fs.openSync(Buffer.from(home.path, 'latin1'), O_PATH | fs.constants.O_DIRECTORY));
  if (held.kind !== 'value') return false;
  try {
    const { dev, ino } = kernelFileId(held.value, mounts, procfs);
    return dev !== null && ino !== null && sameFile(home, { dev, ino });
  } finally {
    fs.closeSync(held.value);
  }
}

/** Finds the nearest home on a process's way up, without making anything of the levels that are none. */
export class HomeLevels<Its extends FileId> {
  readonly #byLowIno = new Map<number, { readonly high: number; readonly dev: number; readonly its: Its }[]>();

  constructor(homes: readonly Its[]) {
    for (const its of homes) {
      const { dev, ino } = its;
      const low = Number(ino & 0xffff_ffffn);
      const home = { high: Number(ino >> 32n), dev: Number(dev), its };
      const same = this.#byLowIno.get(low);
      if (same) same.push(home);
      else this.#byLowIno.set(low, [home]);
    }
  }

  /** The level of the nearest home; -1 where there is none up to the root. */
  find(row: TaskRow): number {
    for (let level = 0; level < row.levels; level++) if (this.at(row, level) !== null) return level;
    return -1;
  }

  /** The home that a level is; null where it is none. */
  at(row: TaskRow, level: number): Its | null {
    const homes = this.#byLowIno.get(row.levelInoLow(level));
    if (homes === undefined) return null;
    const [dev, high] = [row.levelDev(level), row.levelInoHigh(level)];
    return homes.find((home) => home.dev === dev && home.high === high)?.its ?? null;
  }
}

/** The directories from the working directory up to a level. */
export function chainOf(row: TaskRow, upTo: number): FileId[] {
  const chain: FileId[] = [];
  for (let level = 0; level <= upTo; level++) {
    const [low, high] = [row.levelInoLow(level), row.levelInoHigh(level)];
    const ino = high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
    chain.push({ dev: BigInt(row.levelDev(level)), ino });
  }
  return chain;
}
