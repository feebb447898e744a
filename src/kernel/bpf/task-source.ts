import type { Outcome } from '../../model/outcome.ts';
import type { FoundPin } from './pins.ts';
import { findPin, PINS_DIRECTORY } from './pins.ts';
import { readPin } from './read-iterator.ts';
import { openPin, type TaskFile } from './task-file.ts';

/** No iterator, and why. */
export interface NoTasks {
  readonly kind: 'none';
  /** A sentence. */
  readonly why: string;
  /** What to do about it; empty where there is nothing. */
  readonly hint: string;
}

/** Where looks get the iterator's file. It is asked anew for each look: a pin may come, and go. */
export interface TaskSource {
  /** The pin, if there is one that can be believed. */
  pin(): TaskFile | NoTasks;
  /** An iterator of this process, which lasts as long as that does. */
  own(): Promise<TaskFile | NoTasks>;
}

/** Whether there is an iterator. */
export function isTaskFile(found: TaskFile | NoTasks): found is TaskFile {
  return 'origin' in found;
}

/**
 * This machine's iterator.
 *
 * Source: the pins of `plumb bpf install`
 * Needs:  to read the pin, its group; for one of our own CAP_BPF and CAP_PERFMON
 * @param directory where the pins are
 */
export function liveTasks(directory = PINS_DIRECTORY): TaskSource {
  return {
    pin: () => {
      const found = findPin(directory, 'sessions');
      if (found.kind !== 'pin') return { kind: 'none', why: found.why, hint: HINTS[found.kind] };
      return { ...openPin(found.path), readArguments: () => readTrusted(directory) };
    },
    own: ownTasks,
  };
}

/** It is looked for where it is read, since most looks do without it. */
function readTrusted(directory: string): Outcome<Uint8Array> {
  const found = findPin(directory, 'arguments_text');
  return found.kind === 'pin' ? readPin(found.path) : { kind: 'denied', errno: 'EACCES' };
}

const HINTS: Readonly<Record<Exclude<FoundPin['kind'], 'pin'>, string>> = {
  absent: 'as root: plumb bpf install',
  denied: 'ask for a place in the group of the pins: plumb bpf status says which',
  untrusted: 'as root: plumb bpf remove, and plumb bpf install',
};

let own: Promise<TaskFile | NoTasks> | null = null;

/** To load it takes as long as the verifier takes, and to read it none of that: once in the life of a process. */
function ownTasks(): Promise<TaskFile | NoTasks> {
  own ??= loadOwn();
  return own;
}

async function loadOwn(): Promise<TaskFile | NoTasks> {
  const [{ openOwnIterator }, { liveProcfs }, { isRefusal }] = await Promise.all([
    import('./loaded-iterator.ts'),
    import('../procfs-live.ts'),
    import('../../model/refusal.ts'),
  ]);
  const opened = await openOwnIterator(liveProcfs());
  return isRefusal(opened) ? { kind: 'none', why: opened.message, hint: opened.hint } : opened;
}
