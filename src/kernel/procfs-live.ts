import fs from 'node:fs';
import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { attempt, missingFromError, parseOutcome } from './attempt.ts';
import { parseMountId } from './parse/proc-fdinfo.ts';
import {
  type FileStat,
  type HeldFile,
  type HeldProcess,
  type Link,
  linksOneByOne,
  type PidListing,
  type Procfs,
} from './procfs.ts';

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

  read(name: string): Outcome<Uint8Array> {
    return readWhole(`${this.root}/${name}`, this.#buffer);
  }

  readlink(name: string): Outcome<ByteString> {
    return attempt(() => fs.readlinkSync(`${this.root}/${name}`, 'latin1'));
  }

  readStat(pid: number): Outcome<Uint8Array> {
    return readOnce(`${this.root}/${pid}/stat`, this.#buffer);
  }

  links(pid: number, name: string): Outcome<readonly Link[]> {
    return attempt(() => linksIn(`${this.root}/${pid}/${name}/`));
  }

  open(pid: number): Outcome<HeldProcess> {
    return attempt(() => new LiveProcess(fs.openSync(`${this.root}/${pid}`, HOLD), this.root, pid, this.#buffer));
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
  readonly #byNumber: string;
  readonly #buffer: Buffer;

  constructor(fd: number, root: string, pid: number, buffer: Buffer) {
    this.fd = fd;
    this.#self = `${root}/self/`;
    this.#base = `${this.#self}fd/${fd}/`;
    this.#byNumber = `${root}/${pid}/`;
    this.#buffer = buffer;
  }

  read(name: string): Outcome<Uint8Array> {
    if (name === 'stat') return readOnce(this.#base + name, this.#buffer);
    if (!name.startsWith('fdinfo/')) return readWhole(this.#base + name, this.#buffer);
    // The kernel writes it as one record, so what does not fill the buffer is all there is.
    const once = readOnce(this.#base + name, this.#buffer);
    const isAll = once.kind !== 'value' || once.value.length < this.#buffer.length;
    return isAll ? once : readWhole(this.#base + name, this.#buffer);
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

  /**
   * By the process's number, which is a third faster: it stays this process's for as long as that has not been reaped,
   * and that is looked at afterwards.
   */
  links(name: string): Outcome<readonly Link[]> {
    const found = attempt(() => linksIn(`${this.#byNumber}${name}/`));
    return found.kind === 'value' && fs.existsSync(`${this.#base}stat`) ? found : linksOneByOne(this, name);
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

function linksIn(directory: string): Link[] {
  const links: Link[] = [];
  for (const name of fs.readdirSync(directory, 'latin1')) {
    try {
      links.push([name, fs.readlinkSync(directory + name, 'latin1')]);
    } catch (error) {
      if (missingFromError(error).kind === 'denied') throw error;
    }
  }
  return links;
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
    used: stat.isCharacterDevice() ? { readAt: stat.atime, writtenAt: stat.mtime } : null,
  };
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

/** Reads to the end: a file of many records comes in pieces, and a short piece is not the last one. */
function readWhole(path: string, buffer: Buffer): Outcome<Uint8Array> {
  return attempt(() => {
    const fd = fs.openSync(path, fs.constants.O_RDONLY);
    try {
      let length = fs.readSync(fd, buffer, 0, buffer.length, null);
      const pieces: Buffer[] = [];
      while (length > 0) {
        const next = fs.readSync(fd, buffer, length, buffer.length - length, null);
        if (next === 0) break;
        length += next;
        if (length < buffer.length) continue;
        pieces.push(Buffer.from(buffer));
        length = fs.readSync(fd, buffer, 0, buffer.length, null);
      }
      const last = buffer.subarray(0, length);
      return pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    } finally {
      fs.closeSync(fd);
    }
  });
}
