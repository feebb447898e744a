import fs from 'node:fs';
import { type Missing, missingFromErrno } from '../../model/outcome.ts';
import { type FileId, sameFile } from '../../model/process.ts';
import type { ByteString } from '../../model/text.ts';
import { attempt } from '../attempt.ts';
import { leadsToRemote } from '../careful-files.ts';
import { CoverageLog } from '../coverage.ts';
import type { Machine } from '../machine.ts';
import { MountTables } from '../mounts.ts';
import { loadTryLock } from './flock.ts';

/** A directory with our exclusive flock(2) on it. */
export interface LockedDirectory {
  readonly kind: 'locked';
  /** The open directory that the lock belongs to; close-on-exec until a child is given it. */
  readonly fd: number;
  /** Closes it. The lock goes when everybody who has inherited it has closed it, too. */
  release(): void;
}

/** Why a directory could not be locked. */
export type UnlockedDirectory =
  /** Somebody else has a lock on it, shared or exclusive. */
  | { readonly kind: 'busy' }
  /** It lies on a file system that may hang, and whose locks other machines may not see. Nothing was opened. */
  | { readonly kind: 'network' }
  /** Our mount table cannot be read, so nobody knows whether it does. Nothing was opened. */
  | { readonly kind: 'no_mounts' }
  /** Another directory has the path now. */
  | { readonly kind: 'other' }
  | Missing;

/**
 * Takes an exclusive lock on a directory itself, or says at once that it cannot be had. Nothing is written: a lock on a
 * directory leaves no file behind, and dies with the last process that shares it.
 *
 * Source: flock(2) on an open directory, since Linux 2.0; /proc/self/mountinfo
 * Needs:  the right to read the directory, not to write it; koffi
 * @param expected the directory that is meant, however its path has changed
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function lockDirectory(
  path: ByteString,
  expected: FileId,
  machine: Machine,
): Promise<LockedDirectory | UnlockedDirectory> {
  const mounts = new MountTables(machine.procfs, new CoverageLog()).own();
  if (mounts === null) return { kind: 'no_mounts' };
  if (mounts.hasRemote && leadsToRemote(path, machine.files, mounts)) return { kind: 'network' };
  const tryLock = await loadTryLock();
  const { O_RDONLY, O_DIRECTORY } = fs.constants;
  const opened = attempt(() => fs.openSync(Buffer.from(path, 'latin1'), O_RDONLY | O_DIRECTORY));
  if (opened.kind !== 'value') return opened;
  const fd = opened.value;
  const tried = sameFile(fs.fstatSync(fd, { bigint: true }), expected) ? tryLock(fd) : 'other';
  if (tried === 'held') return { kind: 'locked', fd, release: () => fs.closeSync(fd) };
  fs.closeSync(fd);
  return typeof tried === 'string' ? { kind: tried } : missingFromErrno(tried.errno);
}
