import type { ParseError } from '../model/errors.ts';
import type { Lock } from '../model/lock.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { parseFdLocks } from './parse/proc-fdinfo.ts';
import type { HeldProcess } from './procfs.ts';

/** A descriptor of a process that locks go with. */
export interface LockedDescriptor {
  /** Its number, in digits. */
  readonly name: ByteString;
  readonly locks: readonly Lock[];
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
 * The descriptors of a process that locks go with: its own locks, and those of an open file that it shares.
 *
 * Source: /proc/<pid>/fdinfo
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function lockedDescriptors(
  held: HeldProcess,
  { prefix, names, onDamage }: DescriptorSearch,
): LockedDescriptor[] {
  return names.flatMap((name) => {
    const locks = parseOutcome(held.read(`${prefix}fdinfo/${name}`), parseFdLocks);
    if (locks.kind === 'malformed') onDamage(locks.error);
    return locks.kind === 'value' && locks.value.length > 0 ? [{ name, locks: locks.value }] : [];
  });
}
