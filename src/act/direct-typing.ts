import fs from 'node:fs';
import type { Pidfds } from '../kernel/native/pidfd.ts';
import type { TtyCalls } from '../kernel/native/tty.ts';
import type { Outcome } from '../model/outcome.ts';
import { describeMissing } from '../model/outcome.ts';
import type { TerminalLink } from '../model/pane.ts';
import { type Refusal, refuse } from '../model/refusal.ts';
import type { Typed, Typing } from '../panes/typing.ts';

/** What a terminal takes in one piece, if nothing unread is in it (N_TTY_BUF_SIZE). */
const MOST_DIRECT_BYTES = 4096;

/** What direct typing needs of the kernel. */
export interface DirectCalls {
  readonly pidfds: Pidfds;
  readonly tty: TtyCalls;
}

/**
 * Types past the multiplexer: into the master of the session's own terminal, by a copy of its holder's descriptor. What
 * is written there is what a keyboard would have sent, whatever mode the pane is in.
 *
 * Source: pidfd_getfd(2), since Linux 5.6; TIOCGPTN and TIOCGPTPEER of ioctl_tty(2), since 4.13
 * Needs:  the right to trace the holder (PTRACE_MODE_ATTACH): the same user where Yama's ptrace_scope is 0, or root
 * @returns the way to type, or why there is none; close it
 */
export function directTyping({ terminal, holder }: TerminalLink, { pidfds, tty }: DirectCalls): Typing | Refusal {
  const who = `${holder.name.text} (${holder.pid}), which holds ${terminal.name}`;
  const pidfd = pidfds.open(holder.pid);
  if (pidfd.kind === 'gone') return refuse('changed', `${who}, has ended`);
  if (pidfd.kind !== 'value') return refuse('unsupported', `${who}, cannot be held: ${describeMissing(pidfd)}`);
  const taken = pidfd.value.takeFd(holder.fd);
  pidfd.value.close();
  if (taken.kind === 'denied') {
    const hint = 'run plumb as root; for the same user, sysctl kernel.yama.ptrace_scope must be 0';
    return refuse('denied', `the descriptor of ${who}, may not be copied: ${describeMissing(taken)}`, { hint });
  }
  if (taken.kind !== 'value') {
    // Its descriptor is closed: the terminal is given up.
    const isGone = taken.kind === 'gone' || (taken.kind === 'unsupported' && taken.errno === 'EBADF');
    const reason = isGone ? 'changed' : 'unsupported';
    return refuse(reason, `the descriptor of ${who}, cannot be copied: ${describeMissing(taken)}`);
  }
  const master = taken.value;
  const isIt = isMasterOf(master, terminal, tty);
  if (isIt.kind === 'value' && isIt.value) return new DirectTyping(master);
  fs.closeSync(master);
  if (isIt.kind !== 'value' && describeMissing(isIt) !== 'ENOTTY') {
    const what = `whether the descriptor of ${who}, is its master cannot be told: ${describeMissing(isIt)}`;
    return refuse('unsupported', what);
  }
  return refuse('changed', `descriptor ${holder.fd} of ${who}, is another terminal's now`);
}

/** The number alone could be of another devpts instance: the slave that belongs to the master lies in it. */
function isMasterOf(master: number, terminal: TerminalLink['terminal'], tty: TtyCalls): Outcome<boolean> {
  const index = tty.index(master);
  if (index.kind !== 'value') return index;
  const { O_RDONLY, O_NOCTTY, O_NONBLOCK } = fs.constants;
  const slave = tty.openSlave(master, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (slave.kind !== 'value') return slave;
  const { dev } = fs.fstatSync(slave.value, { bigint: true });
  fs.closeSync(slave.value);
  return { kind: 'value', value: index.value === terminal.index && dev === terminal.dev };
}

class DirectTyping implements Typing {
  readonly transport = 'direct';
  readonly mostBytes = MOST_DIRECT_BYTES;
  readonly #master: number;

  constructor(master: number) {
    this.#master = master;
  }

  async type(bytes: Uint8Array): Promise<Typed> {
    try {
      const written = fs.writeSync(this.#master, bytes);
      if (written === bytes.length) return { kind: 'typed' };
      return { kind: 'uncertain', why: `the terminal took ${written} of ${bytes.length} bytes` };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN')
        return refuse('busy', 'the terminal took nothing: its buffer is full', { hint: 'ask again' });
      // Nobody has the terminal open any more.
      return refuse('changed', `the terminal took nothing: ${code ?? String(error)}`);
    }
  }

  enter(): Promise<Typed> {
    return this.type(Buffer.from('\r'));
  }

  async lastLines(): Promise<null> {
    return null;
  }

  close(): void {
    fs.closeSync(this.#master);
  }
}
