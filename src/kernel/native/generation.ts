import fs from 'node:fs';
import { valueOrNull } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';
import { generationOfHandle } from '../parse/file-handle.ts';
import { loadKoffi } from './koffi.ts';

/** The generation of an open directory's inode; null where the file system has none, or does not say. */
export type AskGeneration = (fd: number) => number | null;

/** _IOR('v', 1, long) of linux/fs.h, as x64 and arm64 have it. It writes an int all the same. */
const FS_IOC_GETVERSION = 0x80087601;
/** struct file_handle of fcntl.h: its size, its type, its bytes. */
const HANDLE_AT = 8;
const MAX_HANDLE_BYTES = 128;
const AT_EMPTY_PATH = 0x1000;
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/**
 * Loads what asks for generations: an inode's number is given again, and its generation is another one then. A tmpfs tells its
 * own only in the handles that it makes for file servers, and so do others where the directory may not be read.
 *
 * Source: ioctl_iflags(2) FS_IOC_GETVERSION: ext4, xfs, btrfs, f2fs; name_to_handle_at(2): tmpfs, ext4, xfs, f2fs
 * Needs:  koffi; for btrfs the right to read the directory
 */
export async function loadGenerations(): Promise<AskGeneration> {
  if (!ARCHITECTURES.includes(globalThis.process.arch)) return () => null;
  const library = (await loadKoffi()).load(null);
  const ioctl = library.func('int ioctl(int fd, unsigned long request, void *argument)') as (
    fd: number,
    request: number,
    argument: Buffer,
  ) => number;
  const nameToHandle = library.func(
    'int name_to_handle_at(int fd, const char *path, void *handle, void *mount, int flags)',
  ) as (fd: number, path: string, handle: Buffer, mount: Buffer, flags: number) => number;
  const byHandle: AskGeneration = (held) => {
    const handle = Buffer.alloc(HANDLE_AT + MAX_HANDLE_BYTES);
    handle.writeUInt32LE(MAX_HANDLE_BYTES, 0);
    if (nameToHandle(held, '', handle, Buffer.alloc(4), AT_EMPTY_PATH) !== 0) return null;
    const bytes = handle.subarray(HANDLE_AT, HANDLE_AT + handle.readUInt32LE(0));
    return generationOfHandle(handle.readInt32LE(4), bytes, fs.fstatSync(held, { bigint: true }).ino);
  };
  const byIoctl: AskGeneration = (held) => {
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
  return (held) => byIoctl(held) ?? byHandle(held);
}
