import { ParseError } from '../../model/errors.ts';

/** What a thread is doing: `call` is the number of the system call that it sleeps in. */
export type SyscallState =
  | { readonly kind: 'running' }
  | { readonly kind: 'blocked'; readonly call: number; readonly firstArgument: bigint; readonly secondArgument: bigint }
  /** It sleeps, and not in a system call: stopped, or in a page fault. */
  | { readonly kind: 'outside' };

/**
 * Reads in which system call the first thread of a process sleeps.
 *
 * Source: /proc/<pid>/syscall, proc_pid_syscall(5), since Linux 2.6.27
 * Shape:  one SyscallState; the call's number is of the process's architecture
 * Units:  none; arguments are hexadecimal
 * @throws {ParseError} where it is none of the three forms
 */
export function parseProcSyscall(bytes: Uint8Array): SyscallState {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (/^running\n?$/.test(text)) return { kind: 'running' };
  if (/^-1 0x[0-9a-f]+ 0x[0-9a-f]+\n?$/.test(text)) return { kind: 'outside' };
  const [, call, first, second] =
    /^(\d{1,6}) (0x[0-9a-f]{1,16}) (0x[0-9a-f]{1,16})(?: 0x[0-9a-f]{1,16}){6}\n?$/.exec(text) ?? [];
  if (call === undefined || first === undefined || second === undefined) {
    throw new ParseError({ source: '/proc/<pid>/syscall', field: 'number and arguments', excerpt: text });
  }
  return { kind: 'blocked', call: Number(call), firstArgument: BigInt(first), secondArgument: BigInt(second) };
}
