import { type Outcome, value } from '../model/outcome.ts';
import { type FileId, sameFile, type WorkingDirectory } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import type { MountTable } from './mounts.ts';
import type { FileStat, HeldFile, HeldProcess } from './procfs.ts';
import type { RemoteAnswer } from './remote-stat.ts';

/** Directories nested deeper than this are not followed to the root. */
const MAX_LEVELS = 512;

/** How far to look. */
export interface CwdQuestion {
  /** Whether a directory is a home, and the climb can end there. */
  readonly isHome: (id: FileId) => boolean;
  /** Whether any home lies on a file system that may hang. */
  readonly remoteHomes: boolean;
}

/**
 * Where a held process works: the path for people, and the chain of directories up to a home or the root.
 * The chain is followed from the directory itself (`cwd/..`), so it is right in containers, chroots and bind mounts,
 * where the path is only what that process would call it. The directory is held meanwhile: a process that moves from
 * a home's subdirectory up into the home would otherwise be seen above it, though it was in the home all the time.
 *
 * Source: /proc/<pid>/cwd, proc_pid_cwd(5), since Linux 1.0
 * Needs:  same uid or CAP_SYS_PTRACE; otherwise denied
 * @returns `remote` where its file system may hang and a home could lie there
 */
export function readCwd(
  held: HeldProcess,
  prefix: string,
  mounts: MountTable | null,
  question: CwdQuestion,
): Outcome<WorkingDirectory> | 'remote' {
  const link = held.readlink(`${prefix}cwd`);
  const tooLong = link.kind === 'unsupported' && link.errno === 'ENAMETOOLONG';
  if (link.kind !== 'value' && !tooLong) return link;
  const path = link.kind === 'value' ? link.value : null;
  if (path !== null && mounts?.reach(path) === 'remote' && !question.remoteHomes) return value(elsewhere(path));
  if (path === null ? mounts?.hasRemote : mounts?.reach(path) !== 'local') return 'remote';
  const directory = holdLocal(held, `${prefix}cwd`, mounts);
  if (directory === 'remote' || directory.kind !== 'value') return directory;
  try {
    const own = directory.value.stat(0);
    return own.kind === 'value' ? value(climb(path, own.value, directory.value, question.isHome)) : own;
  } finally {
    directory.value.close();
  }
}

/**
 * Holds a file if it can be asked without hanging. The path has been looked up in the mount table before; what it
 * cannot tell is a file on a mount that was taken away while in use, whose path looks like any other.
 *
 * @returns `remote` where its mount is remote or in no table
 */
export function holdLocal(held: HeldProcess, name: string, mounts: MountTable | null): Outcome<HeldFile> | 'remote' {
  if (mounts === null) return 'remote';
  const file = held.hold(name);
  if (file.kind !== 'value') return file;
  const mountId = file.value.mountId();
  if (mountId.kind === 'value' && mounts.isLocal(mountId.value)) return file;
  file.value.close();
  return 'remote';
}

/** A directory on a remote file system where no home lies: it is not asked at all. */
function elsewhere(path: ByteString): WorkingDirectory {
  return { path, chain: [], deleted: false, cut: false };
}

/**
 * Follows `..` until a home or the root, whose parent is itself. A directory that is mounted on its own child also
 * looks like that once, so the root is believed at the second time.
 */
function climb(
  path: ByteString | null,
  own: FileStat,
  directory: HeldFile,
  isHome: (id: FileId) => boolean,
): WorkingDirectory {
  const chain: FileId[] = [{ dev: own.dev, ino: own.ino }];
  const result = (cut: boolean) => ({ path, chain, deleted: own.nlink === 0n, cut });
  let repeats = 0;
  for (let steps = 1; steps <= MAX_LEVELS; steps++) {
    const last = chain[chain.length - 1] as FileId;
    if (isHome(last)) return result(false);
    const next = directory.stat(steps);
    if (next.kind !== 'value') return result(true);
    repeats = sameFile(next.value, last) ? repeats + 1 : 0;
    if (repeats === 2) return result(false);
    chain.push({ dev: next.value.dev, ino: next.value.ino });
  }
  return result(true);
}

/** The same for a directory that a child process has asked for, with a deadline. */
export function cwdFromRemote(
  held: HeldProcess,
  name: string,
  answer: Outcome<RemoteAnswer>,
): Outcome<WorkingDirectory> {
  if (answer.kind !== 'value') return answer;
  const link = held.readlink(name);
  const { chain, cut } = answer.value;
  const path = link.kind === 'value' ? link.value : null;
  return value({ path, chain, deleted: chain[0]?.nlink === 0n, cut });
}
