import type { Outcome } from '../../model/outcome.ts';
import { readPin } from './read-iterator.ts';

/** A file that the kernel writes whenever it is read: every process of the machine. */
export interface TaskFile {
  /** Somebody's pin, which everybody may read whom its mode lets; or an iterator of this process. */
  readonly origin: 'pin' | 'own';
  /** One reading, from its begin to its end, in memory of its own. */
  read(): Outcome<Uint8Array>;
  /** The same of the second one, which tells arguments; null where there is none that can be believed. */
  readonly readArguments: (() => Outcome<Uint8Array>) | null;
}

/**
 * The iterator that is pinned at a path. It is opened anew for each reading: whether it is still there, and may still be
 * read, is seen then.
 *
 * Source: a BPF iterator, pinned on a BPF file system
 * Needs:  the right to read the pin
 */
export function openPin(path: string): TaskFile {
  return { origin: 'pin', read: () => readPin(path), readArguments: null };
}
