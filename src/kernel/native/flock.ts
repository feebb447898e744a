import fs from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { PlumblineError } from '../../model/errors.ts';
import { valueOrNull } from '../../model/outcome.ts';
import { attempt, parseOutcome } from '../attempt.ts';
import { flockCaller, parseProcLocks } from '../parse/proc-locks.ts';
import { loadKoffi } from './koffi.ts';

/** A lock that is held. The kernel lets go of it when we die, however we die. */
export interface HeldLock {
  release(): void;
}

/** Who has a lock. */
export interface LockHolder {
  readonly pid: number | null;
  /** What it calls itself: `plumb sync`; else its name. */
  readonly label: string | null;
}

const LOCK_EX = 2;
const LOCK_NB = 4;
const EWOULDBLOCK = 11;
const EINTR = 4;

/** What became of an attempt: somebody else has a lock, or the file system or the machine has none to give. */
export type TriedLock = 'held' | 'busy' | { readonly errno: string };

/**
 * Loads the call that takes an exclusive lock on an open file, or says at once that it cannot be had. The lock is the
 * open file's: whoever shares it (a child that inherits the descriptor) shares the lock, and the kernel lets go of it
 * when the last of them has closed it or ended.
 *
 * Source: flock(2), since Linux 2.0
 * Needs:  koffi, for the one call that Node lacks
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadTryLock(): Promise<(fd: number) => TriedLock> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  const flock = libc.func('int flock(int fd, int operation)') as (fd: number, operation: number) => number;
  return (fd) => {
    for (;;) {
      if (flock(fd, LOCK_EX | LOCK_NB) === 0) return 'held';
      const errno = koffi.errno();
      if (errno === EWOULDBLOCK) return 'busy';
      if (errno !== EINTR) return { errno: getSystemErrorName(-errno) };
    }
  };
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Takes an exclusive lock on a file, for as long as this process lives or until it is released.
 * The file stays when the lock goes: to remove it would let two others lock two files of one name.
 *
 * Source: flock(2), since Linux 2.0; the holder's pid from /proc/locks
 * Needs:  the right to create or write the file; koffi, for the one call that Node lacks
 * @param label what to call us while others wait
 * @returns the lock, or who has it where it could not be had in time
 * @throws {PlumblineError} `registry` where the file cannot be opened or locked
 */
export async function lockFile(path: string, label: string, patienceMs: number): Promise<HeldLock | LockHolder> {
  const tryLock = await loadTryLock();
  const fd = openLockFile(path);
  const deadline = performance.now() + patienceMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const tried = tryLock(fd);
    if (tried === 'held') {
      sign(fd, label);
      return { release: () => fs.closeSync(fd) };
    }
    if (tried !== 'busy') {
      fs.closeSync(fd);
      throw new PlumblineError('registry', `cannot lock ${path}: ${tried.errno}`, {
        hint: 'put the registry on a file system with locks: XDG_STATE_HOME=/var/lib/…',
      });
    }
    if (performance.now() >= deadline) {
      try {
        return holderOf(fd);
      } finally {
        fs.closeSync(fd);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Writes down who holds it, for those who wait: a full disk is no reason not to hold it. */
function sign(fd: number, label: string): void {
  try {
    fs.ftruncateSync(fd, 0);
    fs.writeSync(fd, `${globalThis.process.pid}\t${label}\n`, 0);
  } catch {
    // The kernel knows the pid all the same.
  }
}

/** Whether the lock was got. */
export function isHeld(lock: HeldLock | LockHolder): lock is HeldLock {
  return 'release' in lock;
}

function openLockFile(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
  try {
    return fs.openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PlumblineError('registry', `cannot open the lock ${path}: ${code ?? String(error)}`, {
      hint: 'its directory must be yours to write: XDG_STATE_HOME says where it is',
      cause: error,
    });
  }
}

/** The kernel's word for the pid; the file's for the name, where it is by the same process. */
function holderOf(fd: number): LockHolder {
  const { dev, ino } = fs.fstatSync(fd, { bigint: true });
  // Under subset=pid there is no such file, and then nobody is named.
  const locks = parseOutcome(
    attempt(() => fs.readFileSync('/proc/locks')),
    parseProcLocks,
  );
  const pid = flockCaller(valueOrNull(locks) ?? [], { dev, ino });
  const [writer, label] = fs.readFileSync(`/proc/self/fd/${fd}`, 'utf8').trimEnd().split('\t');
  return { pid, label: label !== undefined && Number(writer) === pid ? label : null };
}
