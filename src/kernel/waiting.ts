import type { Waiting } from '../model/activity.ts';
import { type Outcome, value } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { parseProcSyscall } from './parse/proc-syscall.ts';
import type { HeldProcess } from './procfs.ts';
import { mayBeTerminal } from './terminal-descriptor.ts';

/** read(2) and readv(2) by their numbers, which each architecture has its own of. */
const READ_CALLS: Readonly<Record<string, readonly number[]>> = { x64: [0, 19], arm64: [63, 65] };

/** The device number of /dev/tty, which is whatever terminal the process has: 5:0. */
const DEV_TTY = 0x500n;

/**
 * Whether the first thread of a process sleeps in read(2) on its controlling terminal. In poll and epoll it may wait
 * for its terminal and for anything else, and the kernel does not say which.
 *
 * Source: /proc/<pid>/syscall, fd
 * Needs:  the right to trace the process: root, or the same user where Yama's ptrace_scope is 0; else `denied`
 * @param architecture as Node names it; `unsupported` (ENOSYS) where the calls' numbers are not known
 */
export function readWaiting(
  held: HeldProcess,
  ttyNr: number,
  architecture: string = globalThis.process.arch,
): Outcome<Waiting> {
  const calls = READ_CALLS[architecture];
  if (!calls) return { kind: 'unsupported', errno: 'ENOSYS' };
  const state = parseOutcome(held.read('syscall'), parseProcSyscall);
  if (state.kind !== 'value') return state;
  if (state.value.kind === 'running') return value('running');
  if (state.value.kind === 'outside' || !calls.includes(state.value.call)) return value('elsewhere');
  const name = `fd/${state.value.firstArgument}`;
  const link = held.readlink(name);
  if (link.kind !== 'value' || !mayBeTerminal(link.value)) return value('elsewhere');
  const stat = held.stat(name);
  if (stat.kind !== 'value') return value('elsewhere');
  const isTerminal = ttyNr !== 0 && (stat.value.rdev === BigInt(ttyNr >>> 0) || stat.value.rdev === DEV_TTY);
  return value(isTerminal ? 'reading_terminal' : 'elsewhere');
}
