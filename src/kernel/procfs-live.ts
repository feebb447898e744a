import fs from 'node:fs';
import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { attempt, missingFromError, parseOutcome } from './attempt.ts';
import { parseMountId } from './parse/proc-fdinfo.ts';
import type { Bracketed, FileStat, HeldFile, HeldProcess, Link, PidListing, ProcessLinks, Procfs } from './procfs.ts';

/** O_PATH, which node:fs does not name: holds a directory without the right to read it. */
export const O_PATH = 0o10000000;
const HOLD = O_PATH | fs.constants.O_DIRECTORY;

/** Larger than any stat line or usual command line; longer files are read on in a loop. */
const CHUNK_BYTES = 16 * 1024;

/**
 * The kernel's /proc.
 * @param root where procfs is mounted
 */
export function liveProcfs(root = '/proc'): Procfs {
  return new LiveProcfs(root);
}

class LiveProcfs implements Procfs {
  readonly selfPid = globalThis.process.pid;
  readonly root: string;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);

  constructor(root: string) {
    this.root = root;
  }

  list(): Outcome<PidListing> {
    return attempt(() => {
      const pids: number[] = [];
      const others: string[] = [];
      for (const name of fs.readdirSync(this.root, 'latin1')) {
        const first = name.charCodeAt(0);
        if (first >= 0x30 && first <= 0x39) pids.push(Number(name));
        else others.push(name);
      }
      const nlink = fs.statSync(this.root).nlink;
      const isDirectory = (name: string) => fs.lstatSync(`${this.root}/${name}`).isDirectory();
      return { pids, staticDirectories: others.filter(isDirectory).length, nlink };
    });
  }

  read(name: string, firstBytes = CHUNK_BYTES): Outcome<Uint8Array> {
    const path = `${this.root}/${name}`;
    return name.endsWith('/cmdline') ? readPiece(path, this.#buffer) : readWhole(path, this.#buffer, firstBytes);
  }

  readlink(name: string): Outcome<ByteString> {
    return attempt(() => fs.readlinkSync(`${this.root}/${name}`, 'latin1'));
  }

  readStat(pid: number): Outcome<Uint8Array> {
    return readOnce(`${this.root}/${pid}/stat`, this.#buffer);
  }

  links(pid: number, directory: string, prefix: string): Outcome<ProcessLinks> {
    return linksByNumber(`${this.root}/${pid}/`, directory, prefix, this.#buffer);
  }

  open(pid: number): Outcome<HeldProcess> {
    return attempt(() => new LiveProcess(fs.openSync(`${this.root}/${pid}`, HOLD), this.root, this.#buffer));
  }

  bracket<T>(pid: number, read: (files: HeldProcess) => T): Outcome<Bracketed<T>> {
    return attempt(() => {
      const fd = fs.openSync(`${this.root}/${pid}`, HOLD);
      try {
        const facts = read(new LiveProcess(fd, this.root, this.#buffer, `${this.root}/${pid}/`));
        return { facts, stat: this.#readThrough(fd) };
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  #readThrough(fd: number): Uint8Array {
    const file = fs.openSync(`${this.root}/self/fd/${fd}/stat`, fs.constants.O_RDONLY);
    try {
      return this.#buffer.subarray(0, fs.readSync(file, this.#buffer, 0, this.#buffer.length, null));
    } finally {
      fs.closeSync(file);
    }
  }

  exists(pid: number): boolean {
    try {
      globalThis.process.kill(pid, 0);
      return true;
    } catch (error) {
      return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
    }
  }
}

class LiveProcess implements HeldProcess {
  readonly fd: number;
  readonly #self: string;
  readonly #base: string;
  readonly #buffer: Buffer;

  /** @param base the way to its files; default: through the held directory, which is always its own */
  constructor(fd: number, root: string, buffer: Buffer, base = `${root}/self/fd/${fd}/`) {
    this.fd = fd;
    this.#self = `${root}/self/`;
    this.#base = base;
    this.#buffer = buffer;
  }

  read(name: string): Outcome<Uint8Array> {
    // The kernel writes these as one record, so what does not fill the buffer is all there is.
    const isOneRecord = IN_ONE_PIECE.has(name) || name.startsWith('fdinfo/');
    const path = this.#base + name;
    return isOneRecord ? readPiece(path, this.#buffer) : readWhole(path, this.#buffer);
  }

  readlink(name: string): Outcome<ByteString> {
    return attempt(() => fs.readlinkSync(this.#base + name, 'latin1'));
  }

  stat(name: string): Outcome<FileStat> {
    return attempt(() => statFile(this.#base + name));
  }

  list(name: string): Outcome<readonly ByteString[]> {
    return attempt(() => fs.readdirSync(this.#base + name, 'latin1'));
  }

  owner(): Outcome<number> {
    // Of the directory itself the kernel tells the effective user, whatever the process has done to be let alone.
    return attempt(() => fs.fstatSync(this.fd).uid);
  }

  hold(name: string): Outcome<HeldFile> {
    return attempt(() => {
      const fd = fs.openSync(this.#base + name, O_PATH);
      return new LiveFile(fd, this.#self, this.#buffer);
    });
  }

  close(): void {
    fs.closeSync(this.fd);
  }
}

class LiveFile implements HeldFile {
  readonly #fd: number;
  readonly #self: string;
  readonly #buffer: Buffer;

  constructor(fd: number, self: string, buffer: Buffer) {
    this.#fd = fd;
    this.#self = self;
    this.#buffer = buffer;
  }

  mountId(): Outcome<number> {
    return parseOutcome(readOnce(`${this.#self}fdinfo/${this.#fd}`, this.#buffer), parseMountId);
  }

  stat(levelsUp: number): Outcome<FileStat> {
    if (levelsUp === 0) return attempt(() => toFileStat(fs.fstatSync(this.#fd, { bigint: true })));
    return attempt(() => statFile(`${this.#self}fd/${this.#fd}${'/..'.repeat(levelsUp)}`));
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** stat(2) with 64-bit numbers: an inode number above 2^53 would be rounded into its neighbour. */
export function statFile(path: string | Buffer): FileStat {
  return toFileStat(fs.statSync(path, { bigint: true }));
}

function toFileStat(stat: fs.BigIntStats): FileStat {
  return {
    dev: stat.dev,
    ino: stat.ino,
    nlink: stat.nlink,
    rdev: stat.rdev,
    isDirectory: stat.isDirectory(),
    used: stat.isCharacterDevice() ? timesOf(stat) : null,
  };
}

/**
 * In whole seconds, as the kernel notes them: below that its times keep what they had when the terminal was made. Who owns a
 * terminal can set them to anything: what no Date can be is not known.
 */
function timesOf({ atimeNs, mtimeNs }: fs.BigIntStats): FileStat['used'] {
  const [readAt, writtenAt] = [inSeconds(atimeNs), inSeconds(mtimeNs)];
  return Number.isNaN(readAt.getTime()) || Number.isNaN(writtenAt.getTime()) ? null : { readAt, writtenAt };
}

function inSeconds(ns: bigint): Date {
  const seconds = ns / 1_000_000_000n - (ns < 0n && ns % 1_000_000_000n !== 0n ? 1n : 0n);
  return new Date(Number(seconds) * 1000);
}

/**
 * By the process's number, which is a third faster than through its held directory. An open stat file is of one process:
 * while there is a line to be read, that has not been reaped, and its number has not been given to another.
 */
function linksByNumber(base: string, directory: string, prefix: string, buffer: Buffer): Outcome<ProcessLinks> {
  return attempt(() => {
    const fd = fs.openSync(`${base}stat`, fs.constants.O_RDONLY);
    try {
      const listed = attempt(() => linksIn(`${base}${directory}/`, prefix));
      if (listed.kind === 'value' && listed.value.links.length === 0 && listed.value.count > 0) {
        return { links: value([]), stat: null };
      }
      const stat = buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, null));
      return { links: listed.kind === 'value' ? value(listed.value.links) : listed, stat };
    } finally {
      fs.closeSync(fd);
    }
  });
}

function linksIn(directory: string, prefix: string): { readonly links: Link[]; readonly count: number } {
  const links: Link[] = [];
  const names = fs.readdirSync(directory, 'latin1');
  for (const name of names) {
    try {
      const target = fs.readlinkSync(directory + name, 'latin1');
      if (target.startsWith(prefix)) links.push([name, target]);
    } catch (error) {
      if (missingFromError(error).kind === 'denied') throw error;
    }
  }
  return { links, count: names.length };
}

/** One read(2): a stat line is written by the kernel in one piece, and always fits. */
function readOnce(path: string, buffer: Buffer): Outcome<Uint8Array> {
  let fd: number;
  try {
    fd = fs.openSync(path, fs.constants.O_RDONLY);
  } catch (error) {
    return missingFromError(error);
  }
  try {
    return value(buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, null)));
  } catch (error) {
    return missingFromError(error);
  } finally {
    fs.closeSync(fd);
  }
}

/** What the kernel makes as a whole when it is first read: where that does not fill the buffer it is all. */
const IN_ONE_PIECE: ReadonlySet<string> = new Set(['stat', 'statm', 'status', 'cgroup']);

function readPiece(path: string, buffer: Buffer): Outcome<Uint8Array> {
  const piece = readOnce(path, buffer);
  return piece.kind === 'value' && piece.value.length === buffer.length ? readWhole(path, buffer) : piece;
}

/** Reads to the end: a file of many records comes in pieces, and a short piece is not the last one. */
function readWhole(path: string, buffer: Buffer, firstBytes = buffer.length): Outcome<Uint8Array> {
  return attempt(() => {
    const fd = fs.openSync(path, fs.constants.O_RDONLY);
    try {
      const pieces: Buffer[] = [];
      let length = 0;
      for (let most = firstBytes; ; most = buffer.length) {
        const next = fs.readSync(fd, buffer, length, Math.min(most, buffer.length - length), null);
        if (next === 0) break;
        length += next;
        if (length < buffer.length) continue;
        // A full buffer is emptied first: a read of no bytes would look like the end.
        pieces.push(Buffer.from(buffer));
        length = 0;
      }
      const last = buffer.subarray(0, length);
      return pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    } finally {
      fs.closeSync(fd);
    }
  });
}
