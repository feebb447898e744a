import fs from 'node:fs';
import { type Outcome, value } from '../../model/outcome.ts';
import { missingFromError } from '../attempt.ts';

/** A file that the kernel writes whenever it is read: every process of the machine. */
export interface TaskFile {
  /** Somebody's pin, which everybody may read whom its mode lets; or an iterator of this process. */
  readonly origin: 'pin' | 'own';
  /** One reading, from its begin to its end, in memory of its own. */
  read(): Outcome<Uint8Array>;
  close(): void;
}

/** More than the processes of most machines take; what does not fit makes it grow. */
const FIRST_BYTES = 256 * 1024;

/** The kernel gives up a read after a million tasks that gave no row, and says so: the next one goes on. */
const TRIES_WITHOUT_ROW = 100;

/**
 * The iterator that is pinned at a path. It is opened anew for each reading: whether it is still there, and may still be
 * read, is seen then.
 *
 * Source: a BPF iterator, pinned on a BPF file system
 * Needs:  the right to read the pin
 */
export function openPin(path: string): TaskFile {
  return readerOf('pin', () => fs.openSync(path, fs.constants.O_RDONLY), () => {});
}

/**
 * A file of tasks, however it is opened.
 * @param open gives a descriptor for one reading
 */
export function readerOf(origin: TaskFile['origin'], open: () => number, close: () => void): TaskFile {
  let expected = FIRST_BYTES;
  return {
    origin,
    read: () => {
      try {
        const bytes = readThrough(open, expected);
        // The next reading has about as many rows, and some room.
        expected = Math.max(FIRST_BYTES, bytes.length + (bytes.length >>> 3));
        return value(bytes);
      } catch (error) {
        return missingFromError(error);
      }
    },
    close,
  };
}

function readThrough(open: () => number, expected: number): Uint8Array {
  const fd = open();
  try {
    let buffer = Buffer.allocUnsafeSlow(expected);
    let length = 0;
    for (let fruitless = 0; ; ) {
      if (length === buffer.length) buffer = grown(buffer);
      const next = readOnce(fd, buffer, length);
      if (next === 0) return buffer.subarray(0, length);
      if (next === 'again' && ++fruitless <= TRIES_WITHOUT_ROW) continue;
      if (next === 'again') throw Object.assign(new Error('no row'), { code: 'EAGAIN', errno: -11 });
      fruitless = 0;
      length += next;
    }
  } finally {
    fs.closeSync(fd);
  }
}

function readOnce(fd: number, buffer: Buffer, at: number): number | 'again' {
  try {
    return fs.readSync(fd, buffer, at, buffer.length - at, null);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 'again';
    throw error;
  }
}

function grown(buffer: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(buffer.length * 2);
  buffer.copy(larger);
  return larger;
}
