import fs from 'node:fs';
import { type Outcome, value } from '../model/outcome.ts';
import type { Terminal } from '../model/terminal.ts';
import { attempt } from './attempt.ts';
import type { HeldProcess } from './procfs.ts';
import { findTerminalDescriptor } from './terminal-descriptor.ts';

/** A terminal that is open here. While it is, its number is given to no other one. */
export interface OpenTerminal {
  readonly fd: number;
  /** A path that leads to the very node, in whatever devpts instance and mount namespace. */
  readonly path: string;
  close(): void;
}

/**
 * Opens the controlling terminal of a held process, by a descriptor of the process: its name could be another's in
 * another devpts instance. It does not become our own.
 *
 * Source: /proc/<pid>/fd, open(2)
 * Needs:  same uid or CAP_SYS_PTRACE to find it; the right to read and write the terminal, which its user has
 * @returns `unsupported` (ENOTTY) where the process has no descriptor on it, `gone` where it is another terminal now
 */
export function openTerminal(held: HeldProcess, terminal: Terminal): Outcome<OpenTerminal> {
  const found = findTerminalDescriptor(held, terminal.ttyNr);
  if (found.kind !== 'value') return found;
  const { O_RDWR, O_NOCTTY, O_NONBLOCK } = fs.constants;
  const at = `/proc/self/fd/${held.fd}/${found.value.name}`;
  const opened = attempt(() => fs.openSync(at, O_RDWR | O_NOCTTY | O_NONBLOCK));
  if (opened.kind !== 'value') return opened;
  const fd = opened.value;
  const { rdev, dev } = fs.fstatSync(fd, { bigint: true });
  if (rdev === BigInt(terminal.ttyNr >>> 0) && dev === terminal.dev) {
    return value({ fd, path: `/proc/self/fd/${fd}`, close: () => fs.closeSync(fd) });
  }
  fs.closeSync(fd);
  return { kind: 'gone', errno: 'ENOENT' };
}
