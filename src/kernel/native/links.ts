import fs from 'node:fs';
import { PlumblineError } from '../../model/errors.ts';
import { LITTLE_ENDIAN } from '../parse/netlink.ts';
import type { Link } from '../procfs.ts';
import { loadKoffi } from './koffi.ts';

/** What was read of a process in one go: as `ProcessLinks`, where nothing stood in the way. */
interface QuickLinks {
  readonly links: readonly Link[];
  /** Its stat line, read after them, valid until the next is read; null where there are links, and none of that kind. */
  readonly stat: Uint8Array | null;
}

/** Reads the links in a directory of a process that begin with `prefix`; null where there is more to be said than those. */
export type LinkReader = (directory: string, prefix: string) => QuickLinks | null;

const { O_RDONLY, O_DIRECTORY } = fs.constants;
const O_CLOEXEC = 0o2000000;
const LISTING_BYTES = 32 * 1024;
/** A link that is longer is none to a socket. */
const LINK_BYTES = 256;
const NAME_BYTES = 32;
const STAT_BYTES = 16 * 1024;

/** struct linux_dirent64 */
const LENGTH = 16;
const NAME = 19;
const DOT = 0x2e;

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
  const statName = Buffer.from('../stat\0');

  const readStat = (directory: number): Uint8Array | null => {
    const fd = openat(directory, statName, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return null;
    const length = read(fd, line, line.length);
    close(fd);
    return length > 0 ? line.subarray(0, length) : null;
  };
  const readLinks = (directory: number, prefix: Buffer): { readonly links: Link[]; readonly count: number } | null => {
    const links: Link[] = [];
    let count = 0;
    for (;;) {
      const length = getdents64(directory, listing, listing.length);
      if (length < 0) return null;
      if (length === 0) return { links, count };
      for (let at = 0; at < length; at += lengths.getUint16(at + LENGTH, LITTLE_ENDIAN)) {
        if (listing[at + NAME] === DOT) continue;
        let end = 0;
        for (let byte = listing[at + NAME]; byte !== 0 && byte !== undefined; byte = listing[at + NAME + end]) {
          name[end++] = byte;
          if (end === NAME_BYTES) return null;
        }
        name[end] = 0;
        count++;
        const written = readlinkat(directory, name, target, target.length);
        // One that went meanwhile, or all of them denied, though their names are told (root without CAP_SYS_PTRACE).
        if (written < 0) return null;
        if (!beginsWith(target, prefix)) continue;
        links.push([name.toString('latin1', 0, end), target.toString('latin1', 0, written)]);
      }
    }
  };

  const prefixes = new Map<string, Buffer>();
  return (directory, prefix) => {
    const bytes = prefixes.get(prefix) ?? Buffer.from(prefix, 'latin1');
    prefixes.set(prefix, bytes);
    const fd = openat(-100, Buffer.from(`${directory}\0`), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return null;
    try {
      const found = readLinks(fd, bytes);
      if (found === null || found.count === 0) return null;
      if (found.links.length === 0) return { links: [], stat: null };
      const stat = readStat(fd);
      return stat && { links: found.links, stat };
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
