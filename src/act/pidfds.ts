import type { Machine } from '../kernel/machine.ts';
import { loadPidfds, type Pidfd, type Pidfds } from '../kernel/native/pidfd.ts';
import type { HeldProcess } from '../kernel/procfs.ts';
import { PlumblineError } from '../model/errors.ts';
import { describeMissing, type Missing, type Outcome } from '../model/outcome.ts';
import { type Refusal, refuse } from '../model/refusal.ts';

/** Loads what holds processes; a machine where that cannot be had is no mistake of the caller's. */
export async function requirePidfds(): Promise<Pidfds | Refusal> {
  try {
    return await loadPidfds();
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'unsupported_platform') throw error;
    return refuse('unsupported', `no process can be held: ${error.message}`, { hint: error.hint });
  }
}

/** Opens the directory of a process that is held by a pidfd already; where that cannot be, the pidfd is closed. */
export function openBeside(pidfd: Pidfd, pid: number, { procfs }: Machine): Outcome<HeldProcess> {
  let opened: Outcome<HeldProcess> | null = null;
  try {
    opened = procfs.open(pid);
    return opened;
  } finally {
    if (opened?.kind !== 'value') pidfd.close();
  }
}

/** Says why a process that is there got no pidfd. */
export function cannotHold(pid: number, missing: Missing): Refusal {
  const hint = describeMissing(missing) === 'EMFILE' ? 'raise the limit of open files: ulimit -n 4096' : SINCE;
  return refuse('unsupported', `the process ${pid} cannot be held: ${describeMissing(missing)}`, { hint });
}

const SINCE = 'pidfd_open(2) is there since Linux 5.3; a seccomp filter may forbid it';
