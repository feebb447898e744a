import fs from 'node:fs';
import { missingFromErrno, type Outcome, value } from '../model/outcome.ts';
import type { TerminalMode, TerminalTimes } from '../model/terminal.ts';
import { attempt } from './attempt.ts';
import type { TtyCalls } from './native/tty.ts';
import type { HeldProcess } from './procfs.ts';
import { O_PATH } from './procfs-live.ts';
import { findTerminalDescriptor } from './terminal-descriptor.ts';

/**
 * A hang-up is told to those who watch the directory alone while a survivor has the terminal open, and the directory of
 * another devpts instance may be nowhere that we can reach. So the node itself is asked for its links.
 */
const HANG_UP_PACE_MS = 500;

/** What waits in a terminal, and how it treats what is typed. */
interface TerminalInput {
  readonly unreadBytes: Outcome<number>;
  readonly mode: Outcome<TerminalMode>;
}

/** A process's controlling terminal, held by its node: it is the right one in whichever devpts instance it is. */
export interface HeldTerminal {
  /** The descriptor of the process by which it was found: `fd/0`. */
  readonly descriptor: string;
  times(): Outcome<TerminalTimes>;
  /** Opens it for the moment that it takes to ask. */
  input(tty: TtyCalls): TerminalInput;
  /**
   * Tells of everything that is written to it, by whatever program, until it is closed. It may tell once of several
   * writes, and tells nothing of what the terminal echoes.
   * @param gone the terminal has been hung up, or cannot be watched any more: nothing more will be told
   */
  watchWrites(written: () => void, gone: () => void): Outcome<{ close(): void }>;
  close(): void;
}

/**
 * Holds the controlling terminal of a held process. Close it.
 *
 * Source: /proc/<pid>/fd; the node's times; inotify(7); the calls of `TtyCalls`
 * Needs:  same uid or CAP_SYS_PTRACE; the right to read the terminal
 * @param prefix empty, or `task/<tid>/`, where the first thread has ended
 * @returns `unsupported` (ENOTTY) where the process has no descriptor on it
 */
export function holdTerminal(held: HeldProcess, ttyNr: number, prefix = ''): Outcome<HeldTerminal> {
  const found = findTerminalDescriptor(held, ttyNr, prefix);
  if (found.kind !== 'value') return found;
  const { name } = found.value;
  // A recorded scene has no terminals.
  if (held.fd === null) return { kind: 'unsupported', errno: 'ENOSYS' };
  const path = `/proc/self/fd/${held.fd}/${name}`;
  return attempt(() => {
    const fd = fs.openSync(path, O_PATH);
    // The process may have put another file in its place since.
    if (fs.fstatSync(fd, { bigint: true }).rdev === BigInt(ttyNr >>> 0)) return new LiveTerminal(fd, name);
    fs.closeSync(fd);
    throw Object.assign(new Error(`${path} is another file now`), { errno: -25, code: 'ENOTTY' });
  });
}

class LiveTerminal implements HeldTerminal {
  readonly descriptor: string;
  readonly #fd: number;
  readonly #path: string;

  constructor(fd: number, descriptor: string) {
    this.descriptor = descriptor;
    this.#fd = fd;
    this.#path = `/proc/self/fd/${fd}`;
  }

  times(): Outcome<TerminalTimes> {
    return attempt(() => {
      const { atime, mtime } = fs.fstatSync(this.#fd);
      return { lastInputAt: inWholeSeconds(atime), lastOutputAt: inWholeSeconds(mtime) };
    });
  }

  input(tty: TtyCalls): TerminalInput {
    const { O_RDONLY, O_NOCTTY, O_NONBLOCK } = fs.constants;
    const opened = attempt(() => fs.openSync(this.#path, O_RDONLY | O_NOCTTY | O_NONBLOCK));
    if (opened.kind !== 'value') return { unreadBytes: opened, mode: opened };
    try {
      return { unreadBytes: tty.unread(opened.value), mode: tty.mode(opened.value) };
    } finally {
      fs.closeSync(opened.value);
    }
  }

  watchWrites(written: () => void, gone: () => void): Outcome<{ close(): void }> {
    // fs.watch calls a change of owner or mode a change as well: only that one moves ctime.
    const node = () => fs.fstatSync(this.#fd, { bigint: true });
    let changedAt = node().ctimeNs;
    try {
      const watcher = fs.watch(this.#path, (event) => {
        const { ctimeNs, nlink } = node();
        const isWrite = event === 'change' && ctimeNs === changedAt;
        changedAt = ctimeNs;
        if (nlink === 0n || event === 'rename') gone();
        else if (isWrite) written();
      });
      watcher.on('error', gone);
      const timer = setInterval(() => node().nlink === 0n && gone(), HANG_UP_PACE_MS);
      const close = () => {
        clearInterval(timer);
        watcher.close();
      };
      return value({ close });
    } catch (error) {
      return missingFromErrno((error as NodeJS.ErrnoException).code ?? 'EIO');
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** The kernel notes no more of a terminal; what stands below is of when it was made. */
function inWholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
