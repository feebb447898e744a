import fs from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { missingFromErrno, type Outcome, value } from '../../model/outcome.ts';
import { loadKoffi } from './koffi.ts';

/** Tells whether a file was read since it was last asked. */
export interface ReadWatch {
  /** Whether any program has read at least one byte of it since the watch began, or since this was last asked. */
  wasRead(): boolean;
  close(): void;
}

const IN_ACCESS = 0x1;
const IN_CLOEXEC = 0o2000000;
const IN_NONBLOCK = fs.constants.O_NONBLOCK;
const EVENT_BYTES = 4096;

/**
 * Loads what watches a file for reads. fs.watch tells of writes alone.
 * Of a terminal it tells exactly when a program takes what was typed: its access time moves once in 8 seconds only.
 *
 * Source: inotify(7), since Linux 2.6.13
 * Needs:  koffi; the right to read the file
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadReadWatches(): Promise<(path: string) => Outcome<ReadWatch>> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const init = libc.func('int inotify_init1(int flags)') as (flags: number) => number;
  const add = libc.func('int inotify_add_watch(int fd, const char *path, uint32_t mask)') as (
    fd: number,
    path: string,
    mask: number,
  ) => number;
  const failure = () => missingFromErrno(getSystemErrorName(-koffi.errno()));
  return (path) => {
    const fd = init(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) return failure();
    if (add(fd, path, IN_ACCESS) < 0) {
      const why = failure();
      fs.closeSync(fd);
      return why;
    }
    return value({ wasRead: () => drain(fd), close: () => fs.closeSync(fd) });
  };
}

/** Reads all events away, whatever their number: they are all of one kind. */
function drain(fd: number): boolean {
  const events = Buffer.alloc(EVENT_BYTES);
  let wasRead = false;
  for (;;) {
    try {
      if (fs.readSync(fd, events) === 0) return wasRead;
      // The watch goes with the file: an event that says so (IN_IGNORED) is no read.
      wasRead ||= (events.readUInt32LE(4) & IN_ACCESS) !== 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return wasRead;
      throw error;
    }
  }
}
