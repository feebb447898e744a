import type { ParseError } from '../model/errors.ts';
import type { Lock } from '../model/lock.ts';
import { type Outcome, value } from '../model/outcome.ts';
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
  /** Whether to read what goes with a descriptor of this number: it costs two times what its link does. */
  readonly mayBeLocked: (name: ByteString) => boolean;
  readonly onDamage: (error: ParseError) => void;
}

/**
 * The descriptors of a process that locks go with: its own locks, and those of an open file that it shares.
 *
 * Source: /proc/<pid>/fdinfo
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function lockedDescriptors(held: HeldProcess, search: DescriptorSearch): Outcome<LockedDescriptor[]> {
  const names = held.list(`${search.prefix}fdinfo`);
  if (names.kind !== 'value') return names;
  const found: LockedDescriptor[] = [];
  for (const name of names.value) {
    if (!search.mayBeLocked(name)) continue;
    const locks = parseOutcome(held.read(`${search.prefix}fdinfo/${name}`), parseFdLocks);
    if (locks.kind === 'malformed') search.onDamage(locks.error);
    if (locks.kind === 'value' && locks.value.length > 0) found.push({ name, locks: locks.value });
  }
  return value(found);
}
