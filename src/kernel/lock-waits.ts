import type { LockKind } from '../model/lock.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { parseInode } from './parse/proc-fdinfo.ts';
import { parseProcSyscall, type SyscallState } from './parse/proc-syscall.ts';
import type { HeldProcess } from './procfs.ts';

/** A thread that sleeps until it gets a lock. */
export interface LockWait {
  readonly kind: LockKind;
  readonly fd: number;
  /** The file, as the link of that descriptor names it; null where that may not be seen. */
  readonly path: ByteString | null;
  /** Its inode number; null where that may not be seen, or the kernel does not tell it. */
  readonly inode: bigint | null;
}

/** flock(2) and fcntl(2) by their numbers, which each architecture has its own of. */
const CALLS: Readonly<Record<string, { readonly flock: number; readonly fcntl: number }>> = {
  x64: { flock: 73, fcntl: 72 },
  arm64: { flock: 32, fcntl: 25 },
};

/** The second argument of fcntl(2): F_SETLKW and F_OFD_SETLKW. */
const FCNTL_KINDS: ReadonlyMap<bigint, LockKind> = new Map([
  [7n, 'POSIX'],
  [38n, 'OFDLCK'],
]);

/**
 * Which locks the threads of a process wait for, and by which descriptors: the table of locks names the process alone,
 * and for a lock of an open file not even that.
 *
 * Source: /proc/<pid>/task/<tid>/syscall, fd, fdinfo
 * Needs:  the right to trace the process: root, or the same user where Yama's ptrace_scope is 0; else `denied`
 * @param architecture as Node names it; `unsupported` (ENOSYS) where the calls' numbers are not known
 */
export function lockWaits(
  held: HeldProcess,
  architecture: string = globalThis.process.arch,
): Outcome<readonly LockWait[]> {
  const calls = CALLS[architecture];
  if (!calls) return { kind: 'unsupported', errno: 'ENOSYS' };
  const tasks = held.list('task');
  if (tasks.kind !== 'value') return tasks;
  const waits: LockWait[] = [];
  for (const tid of tasks.value) {
    const state = parseOutcome(held.read(`task/${tid}/syscall`), parseProcSyscall);
    if (state.kind === 'denied') return state;
    const kind = state.kind === 'value' ? kindOf(state.value, calls) : null;
    if (kind === null || state.kind !== 'value' || state.value.kind !== 'blocked') continue;
    // The register is 64 bits wide, and the argument an int.
    const fd = Number(BigInt.asIntN(32, state.value.firstArgument));
    const path = valueOrNull(held.readlink(`task/${tid}/fd/${fd}`));
    const inode = valueOrNull(parseOutcome(held.read(`task/${tid}/fdinfo/${fd}`), parseInode));
    waits.push({ kind, fd, path, inode });
  }
  return value(waits);
}

function kindOf(state: SyscallState, calls: { readonly flock: number; readonly fcntl: number }): LockKind | null {
  if (state.kind !== 'blocked') return null;
  if (state.call === calls.flock) return 'FLOCK';
  const command = BigInt.asUintN(32, state.secondArgument);
  return state.call === calls.fcntl ? (FCNTL_KINDS.get(command) ?? null) : null;
}
