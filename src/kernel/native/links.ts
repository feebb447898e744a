import fs from 'node:fs';
import { PlumblineError } from '../../model/errors.ts';
import { LITTLE_ENDIAN } from '../parse/netlink.ts';
import { loadKoffi } from './koffi.ts';

/** What was read of a process in one go, where nothing stood in the way. */
interface QuickLinks {
  /** Its stat line, read after its links, valid until the next is read; null where none of them is of that kind. */
  readonly stat: Uint8Array | null;
}

/** Told of each link: the number that is its name, and where it leads, in the first `length` bytes, valid until it returns. */
type EachLink = (fd: number, target: Buffer, length: number) => void;

/** Reads the descriptors of a directory whose links begin with `prefix`; null where there is more to be said than those. */
export type LinkReader = (directory: string, prefix: string, each: EachLink) => QuickLinks | null;

const { O_RDONLY, O_DIRECTORY } = fs.constants;
const O_CLOEXEC = 0o2000000;
const LISTING_BYTES = 32 * 1024;
/** A path of that length and more is not told. */
const LINK_BYTES = 4096;
const NAME_BYTES = 32;
const STAT_BYTES = 16 * 1024;

/** struct linux_dirent64 */
const LENGTH = 16;
const NAME = 19;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
/** The working directory, which an absolute path does not ask for. */
const AT_FDCWD = -100;
const PATH_BYTES = 4096;

/**
 * Loads what reads the links of a held directory by their names alone, for two thirds of what node:fs takes. The stat line
 * is found from there too (`../stat`), so that all is of one process.
 *
 * Source: open(2), getdents64(2), readlinkat(2), read(2); /proc/<pid>/fd
 * Needs:  koffi; what reading the links needs
 * @returns null where koffi does not load, or the C library has no getdents64
 */
export async function loadLinkReader(): Promise<LinkReader | null> {
  const calls = await loadCalls();
  if (calls === null) return null;
  const { openat, getdents64, readlinkat, read, close } = calls;
  const listing = Buffer.alloc(LISTING_BYTES);
  const lengths = new DataView(listing.buffer, listing.byteOffset, listing.length);
  const name = Buffer.alloc(NAME_BYTES);
  const target = Buffer.alloc(LINK_BYTES);
  const line = Buffer.alloc(STAT_BYTES);
  const path = Buffer.alloc(PATH_BYTES);
  const statName = Buffer.from('../stat\0');

  const readStat = (directory: number): Uint8Array | null => {
    const fd = openat(directory, statName, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return null;
    const length = read(fd, line, line.length);
    close(fd);
    return length > 0 ? line.subarray(0, length) : null;
  };
  /** How many there are; null where they cannot be read, or are no descriptors. */
  const readLinks = (directory: number, prefix: Buffer, each: EachLink): { count: number; told: number } | null => {
    const seen = { count: 0, told: 0 };
    for (;;) {
      const length = getdents64(directory, listing, listing.length);
      if (length < 0) return null;
      if (length === 0) return seen;
      for (let at = 0; at < length; at += lengths.getUint16(at + LENGTH, LITTLE_ENDIAN)) {
        if (listing[at + NAME] === DOT) continue;
        let end = 0;
        let fd = 0;
        for (let byte = listing[at + NAME]; byte !== 0 && byte !== undefined; byte = listing[at + NAME + end]) {
          name[end++] = byte;
          fd = fd * 10 + byte - ZERO;
          if (byte < ZERO || byte > NINE || end === NAME_BYTES) return null;
        }
        name[end] = 0;
        seen.count++;
        const written = readlinkat(directory, name, target, target.length);
        // One that went meanwhile, or all of them denied, though their names are told (root without CAP_SYS_PTRACE).
        if (written < 0 || written === target.length) return null;
        if (!beginsWith(target, prefix)) continue;
        seen.told++;
        each(fd, target, written);
      }
    }
  };

  const prefixes = new Map<string, Buffer>();
  return (directory, prefix, each) => {
    const bytes = prefixes.get(prefix) ?? Buffer.from(prefix, 'latin1');
    prefixes.set(prefix, bytes);
    if (path.write(`${directory}\0`, 'latin1') <= directory.length) return null;
    const fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return null;
    try {
      const seen = readLinks(fd, bytes, each);
      if (seen === null || seen.count === 0) return null;
      if (seen.told === 0) return { stat: null };
      const stat = readStat(fd);
      return stat && { stat };
    } finally {
      close(fd);
    }
  };
}

type Call<Given extends unknown[]> = (...given: Given) => number;

interface Calls {
  readonly openat: Call<[directory: number, path: Buffer, flags: number]>;
  readonly getdents64: Call<[fd: number, buffer: Buffer, size: number]>;
  readonly readlinkat: Call<[directory: number, path: Buffer, buffer: Buffer, size: number]>;
  readonly read: Call<[fd: number, buffer: Buffer, size: number]>;
  readonly close: Call<[fd: number]>;
}

async function loadCalls(): Promise<Calls | null> {
  try {
    const koffi = await loadKoffi();
    const libc = koffi.load(null);
    return {
      openat: libc.func('int openat(int directory, const void *path, int flags)'),
      getdents64: libc.func('long getdents64(int fd, void *buffer, size_t size)'),
      readlinkat: libc.func('long readlinkat(int directory, const void *path, void *buffer, size_t size)'),
      read: libc.func('long read(int fd, void *buffer, size_t size)'),
      close: libc.func('int close(int fd)'),
    };
  } catch (error) {
    // A C library without a name for it, as koffi says it: everything can be read without.
    if (error instanceof PlumblineError || error instanceof Error) return null;
    throw error;
  }
}

function beginsWith(bytes: Buffer, prefix: Buffer): boolean {
  for (let at = 0; at < prefix.length; at++) if (bytes[at] !== prefix[at]) return false;
  return true;
}
