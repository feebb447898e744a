import { type ChildProcess, spawn } from 'node:child_process';
import { liveMachine } from '../kernel/machine.ts';
import { readStat } from '../kernel/process-stat.ts';
import type { ClaimableSession, SessionClaim } from './claim.ts';

/** The descriptor that a command finds the claim's lock on: the first one behind the standard streams. */
const CLAIM_FD = 3;

/** A command's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How a command has ended, or that it has not begun. */
export type CommandEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'not_started'; readonly errno: string };

/** What a terminal sends to everybody in its foreground group. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGHUP'];

/** What is passed on to the command. */
const PASSED_ON: readonly NodeJS.Signals[] = [...FROM_TERMINAL, 'SIGTERM'];

/**
 * Runs a command that shares a claim: it inherits the descriptor that the lock belongs to, so the claim lasts until the
 * command, and whatever it leaves behind with that descriptor, has ended, even where we are killed meanwhile.
 * Until then the signals that would end us are passed on to it; those of a terminal only where we are not in its
 * foreground, since there the command gets them itself.
 *
 * @param env all that it gets: `{ ...process.env, ...claimVariables(session) }`
 */
export function runUnder(
  claim: Pick<SessionClaim, 'fd'>,
  [program, ...args]: readonly [string, ...string[]],
  env: Environment,
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    // Heard of before there is a command, so that no moment is left in which a signal ends us and leaves it behind.
    const passing = passSignals();
    const child = spawn(program, args, { stdio: ['inherit', 'inherit', 'inherit', claim.fd], env });
    passing.to(child);
    const end = (how: CommandEnd) => {
      passing.stop();
      resolve(how);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) end({ kind: 'not_started', errno: error.code ?? error.message });
    });
    child.once('exit', (code, signal) => {
      end(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal });
    });
  });
}

/**
 * What a command is told of the session that it runs for. An environment is text: of a name that is not UTF-8 it gets
 * U+FFFD for the odd bytes, and of such a home the open directory instead of the path.
 */
export function claimVariables({ name, home, pid, terminal }: ClaimableSession): Environment {
  return {
    PLUMBLINE_NAME: name.text,
    PLUMBLINE_HOME: home.base64 === null ? home.text : `/proc/self/fd/${CLAIM_FD}`,
    PLUMBLINE_PID: pid === null ? undefined : String(pid),
    // One that is inherited from a claim around this one would be another session's.
    PLUMBLINE_TERMINAL: terminal?.name,
    PLUMBLINE_CLAIM_FD: String(CLAIM_FD),
  };
}

/** Our own child cannot be mistaken for another process: its number is its own until we have been told of its end. */
function passSignals(): { readonly to: (child: ChildProcess) => void; readonly stop: () => void } {
  let command: ChildProcess | null = null;
  const listeners = PASSED_ON.map((signal) => {
    const listener = () => {
      if (!(FROM_TERMINAL.includes(signal) && isInFront())) command?.kill(signal);
    };
    globalThis.process.on(signal, listener);
    return [signal, listener] as const;
  });
  return {
    to: (child) => {
      command = child;
    },
    stop: () => {
      for (const [signal, listener] of listeners) globalThis.process.off(signal, listener);
    },
  };
}

/** Whether our process group is the foreground one of our terminal, and with it the command's. */
function isInFront(): boolean {
  const { procfs } = liveMachine();
  const stat = readStat(procfs, procfs.selfPid);
  return stat.kind === 'value' && stat.value.tpgid > 0 && stat.value.tpgid === stat.value.pgid;
}
