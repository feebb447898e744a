import fs from 'node:fs';
import { valueOrNull } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';
import { loadKoffi } from './koffi.ts';

/** The generation of an open directory's inode; null where the file system has none, or it may not be read. */
export type AskGeneration = (fd: number) => number | null;

/** _IOR('v', 1, long) of linux/fs.h, as x64 and arm64 have it. It writes an int all the same. */
const FS_IOC_GETVERSION = 0x80087601;
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/**
 * Loads what asks for generations: an inode's number is given again, and its generation is another one then.
 *
 * Source: ioctl_iflags(2) FS_IOC_GETVERSION: ext4, xfs, btrfs, f2fs; since Linux 2.6
 * Needs:  koffi; the right to read the directory
 */
export async function loadGenerations(): Promise<AskGeneration> {
  if (!ARCHITECTURES.includes(globalThis.process.arch)) return () => null;
  const koffi = await loadKoffi();
  const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *argument)') as (
    fd: number,
    request: number,
    argument: Buffer,
  ) => number;
  return (held) => {
    // What is held by O_PATH is opened again: only what may be read answers.
    const opened = attempt(() =>
      fs.openSync(`/proc/self/fd/${held}`, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY),
    );
    const fd = valueOrNull(opened);
    if (fd === null) return null;
    try {
      const argument = Buffer.alloc(8);
      return ioctl(fd, FS_IOC_GETVERSION, argument) === 0 ? argument.readUInt32LE(0) : null;
    } finally {
      fs.closeSync(fd);
    }
  };
}
