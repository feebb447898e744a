import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { dirname } from 'node:path';
import { loadTryLock } from '../../kernel/native/flock.ts';
import { PlumblineError } from '../../model/errors.ts';
import { socketPath } from './address.ts';

/** Of everybody. To execute a socket means nothing. */
const READ_WRITE = 0o666;

/** The place of a unix socket, which is ours alone. */
export interface SocketPlace {
  readonly path: string;
  /**
   * Says that the socket is made, so that it is the one that is removed.
   * @throws {PlumblineError} `config` where others may more with it than they are meant to
   */
  made(mode: number): void;
  /** Removes the socket, unless somebody has put another there, and lets the place go. */
  release(): void;
}

/**
 * Takes the place of a unix socket. A socket that somebody serves is left alone; one whose server is gone is removed.
 * Beside it stands a lock as Postgres makes one, so that neither takes the other's place, with a flock(2) on it, so that two
 * that start at once do not both remove what the other has just made.
 * @throws {PlumblineError} `config` where it is taken, or nothing can be made there
 */
export async function takeSocketPlace(directory: string, port: number): Promise<SocketPlace> {
  const path = socketPath({ directory, port });
  const lockPath = `${path}.lock`;
  const fd = await lock(lockPath, path);
  try {
    await removeStale(path);
    fs.ftruncateSync(fd, 0);
    // Postgres looks whether the pid in the first line lives.
    fs.writeSync(fd, `${globalThis.process.pid}\nplumb serve\n`, 0);
  } catch (error) {
    fs.closeSync(fd);
    throw told(error, path);
  }
  let ours: fs.BigIntStats | null = null;
  return {
    path,
    made: (mode) => {
      ours = fs.lstatSync(path, { bigint: true });
      // An access control list of the directory is stronger than a umask.
      if ((Number(ours.mode) & READ_WRITE & ~mode) !== 0) {
        throw new PlumblineError('config', `cannot listen at ${path}: its directory lets others in`, {
          hint: `name a directory without a default access control list: setfacl -k ${dirname(path)}`,
        });
      }
    },
    release: () => {
      const now = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (ours !== null && now?.ino === ours.ino && now.dev === ours.dev) fs.unlinkSync(path);
      // The directory can be gone, and with it the lock.
      fs.rmSync(lockPath, { force: true });
      fs.closeSync(fd);
    },
  };
}

async function lock(lockPath: string, path: string): Promise<number> {
  const tryLock = await loadTryLock().catch((error: unknown) => {
    if (error instanceof PlumblineError && error.code === 'unsupported_platform') return null;
    throw error;
  });
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
  for (;;) {
    const fd = openOrTell(() => fs.openSync(lockPath, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600), path);
    try {
      mustBeLock(fd, lockPath, path);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    const tried = tryLock === null ? 'held' : tryLock(fd);
    if (tried !== 'held') {
      fs.closeSync(fd);
      if (tried === 'busy') throw taken(path, 'another server has its lock');
      throw new PlumblineError('config', `cannot lock ${lockPath}: ${tried.errno}`, {
        hint: 'put the socket on a file system with locks, such as /run',
      });
    }
    const [held, named] = [
      fs.fstatSync(fd, { bigint: true }),
      fs.lstatSync(lockPath, { bigint: true, throwIfNoEntry: false }),
    ];
    if (held.ino === named?.ino && held.dev === named.dev) return fd;
    // Its last holder has just removed it: what we have locked nobody else will look at.
    fs.closeSync(fd);
  }
}

/** It is emptied and written to: in a directory that others can write in, it can be another name of a file of ours. */
function mustBeLock(fd: number, lockPath: string, path: string): void {
  const there = fs.fstatSync(fd);
  if (!there.isFile() || there.nlink > 1) throw taken(path, `${lockPath} is something else than a lock`);
}

async function removeStale(path: string): Promise<void> {
  const there = fs.lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket()) throw taken(path, 'it is there, and no socket');
  const probe = net.connect(path);
  const [event] = await Promise.race([
    once(probe, 'connect').then(() => ['connect'] as const),
    new Promise<readonly [string]>((resolve) => probe.once('error', (error) => resolve([errnoOf(error)]))),
  ]);
  probe.destroy();
  if (event === 'ENOENT') return;
  if (event !== 'ECONNREFUSED')
    throw taken(path, event === 'connect' ? 'a server answers there' : `it cannot be tried: ${event}`);
  fs.unlinkSync(path);
}

function openOrTell(open: () => number, path: string): number {
  try {
    return open();
  } catch (error) {
    throw told(error, path);
  }
}

function told(error: unknown, path: string): unknown {
  if (error instanceof PlumblineError || !(error instanceof Error) || !('code' in error)) return error;
  const hint =
    error.code === 'ENOENT'
      ? `make its directory first: mkdir ${dirname(path)}`
      : 'name a directory that this user may write';
  return new PlumblineError('config', `cannot make the socket ${path}: ${error.code}`, { hint, cause: error });
}

function taken(path: string, why: string): PlumblineError {
  return new PlumblineError('config', `cannot listen at ${path}: ${why}`, {
    hint: 'name another directory, or another port: DIRECTORY:5433',
    isTransient: true,
  });
}

function errnoOf(error: Error): string {
  return String((error as NodeJS.ErrnoException).code);
}
