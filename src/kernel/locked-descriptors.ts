import type { ParseError } from '../model/errors.ts';
import type { Lock } from '../model/lock.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { parseFdLocks, parseInode } from './parse/proc-fdinfo.ts';
import type { HeldProcess } from './procfs.ts';

/** A descriptor of a process, as far as locks go with it. */
export interface LockedDescriptor {
  /** Its number, in digits. */
  readonly name: ByteString;
  readonly locks: readonly Lock[];
  /** The file's inode number; null where the kernel does not tell it. */
  readonly inode: bigint | null;
}

/** How a process is searched. */
export interface DescriptorSearch {
  /** Empty, or `task/<tid>/` for a thread with descriptors of its own. */
  readonly prefix: string;
  /** The descriptors to look at. */
  readonly names: readonly ByteString[];
  readonly onDamage: (error: ParseError) => void;
}

/**
 * The locks that go with descriptors of a process: its own, and those of an open file that it shares.
 *
 * Source: /proc/<pid>/fdinfo
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function* lockedDescriptors(
  held: HeldProcess,
  { prefix, names, onDamage }: DescriptorSearch,
): Generator<LockedDescriptor> {
  for (const name of names) {
    const told = parseOutcome(held.read(`${prefix}fdinfo/${name}`), (bytes) => {
      return { locks: parseFdLocks(bytes), inode: parseInode(bytes) };
    });
    if (told.kind === 'malformed') onDamage(told.error);
    if (told.kind === 'value') yield { name, ...told.value };
  }
}
