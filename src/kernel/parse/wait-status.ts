import { ParseError } from '../../model/errors.ts';

/** How a process ended, as its parent is told. */
export type WaitStatus =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number; readonly coreDumped: boolean };

const CORE_BIT = 0x80;
const SIGNAL_BITS = 0x7f;

/**
 * Takes a wait status apart.
 *
 * Source: wait(2); the number is that of /proc/<pid>/stat field 52 and of ioctl(PIDFD_GET_INFO)
 * Shape:  an exit with its code, or a signal and whether it dumped core
 * Units:  none
 * @throws {ParseError} for a number that is no end: stopped, continued, or out of range
 */
export function parseWaitStatus(status: number): WaitStatus {
  const signal = status & SIGNAL_BITS;
  if (!Number.isInteger(status) || status < 0 || status > 0xffff || signal === SIGNAL_BITS) {
    throw new ParseError({ source: 'wait status', field: 'status', excerpt: String(status) });
  }
  if (signal === 0) return { kind: 'exit', code: status >> 8 };
  return { kind: 'signal', signal, coreDumped: (status & CORE_BIT) !== 0 };
}
