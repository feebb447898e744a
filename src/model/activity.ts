import type { Evidence } from './evidence.ts';
import type { Outcome } from './outcome.ts';
import type { TerminalMode, TerminalTimes } from './terminal.ts';
import type { Text } from './text.ts';

/**
 * What a session seems to be doing. It is an inference from what moved and what did not: the kernel knows no intentions.
 *
 * - `busy`: something moves: output, CPU time, bytes, a child at work, or input that it has not come to read.
 * - `idle`: all was seen, and nothing moves. A program that shows a question, and one that waits for a server, look so.
 * - `waiting_for_input`: the same, and it sleeps in read(2) on its terminal: a line is what it waits for.
 * - `stopped`: by a signal, a debugger or a frozen control group.
 * - `unknown`: nothing was seen to move, and not all could be seen.
 */
export type ActivityState = 'busy' | 'idle' | 'waiting_for_input' | 'stopped' | 'unknown';

/** What its first thread was doing at the end of the window. */
export type Waiting = 'running' | 'reading_terminal' | 'elsewhere';

/** A process that descends from the session's, and lives. */
export interface ChildFacts {
  readonly pid: number;
  readonly command: Text;
  /** Null where the boot time is not known. */
  readonly startedAt: Date | null;
  /** It has not started its program yet: a double of its parent. */
  readonly isFork: boolean;
  /** On the session's terminal, and in the foreground group there. */
  readonly isInFront: boolean;
  /** On a CPU in the window; what it used before it was first seen is not in it. */
  readonly cpuNs: bigint;
}

/** What was seen of a session's terminal. */
export interface TerminalActivity {
  /** By which descriptor of the process: `fd/0`; null where none could be seen. */
  readonly descriptor: string | null;
  readonly times: Outcome<TerminalTimes>;
  /** How often something was written to it in the window; the echo of what is typed is no write. */
  readonly writes: Outcome<number>;
  /** Typed and not read; while the terminal hands over lines, only finished ones count. */
  readonly unreadBytes: Outcome<number>;
  readonly mode: Outcome<TerminalMode>;
}

/** What the kernel said of a session over a window of time. */
export interface ActivityFacts {
  /** From the first reading to the last, as it was. */
  readonly windowMs: number;
  /** The end of the window. */
  readonly observedAt: Date;
  /** The letter of stat at the end. */
  readonly state: string;
  readonly startedAt: Date | null;
  /** In a frozen control group. */
  readonly frozen: Outcome<boolean>;
  /** In its terminal's foreground group; null where that is unknown, or without a terminal. */
  readonly foreground: boolean | null;
  /** Null without a controlling terminal. */
  readonly terminal: TerminalActivity | null;
  /** On a CPU in the window, all threads together. */
  readonly cpuNs: Outcome<bigint>;
  /** Read in the window, from wherever, with read(2). */
  readonly bytesRead: Outcome<bigint>;
  readonly waiting: Outcome<Waiting>;
  readonly children: Outcome<readonly ChildFacts[]>;
}

/** An activity as it is told: of a session that could not be looked into it is unknown, without any facts. */
export interface ToldActivity {
  readonly state: ActivityState;
  /** Since the last input or output, whichever is later; up to 8 too many. Null where that was not seen. */
  readonly idleSeconds: number | null;
  /** One sentence. */
  readonly reason: string;
  readonly facts: ActivityFacts | null;
  readonly evidence: readonly Evidence[];
}

/** What a session seems to be doing, and why we think so. */
export interface Activity extends ToldActivity {
  readonly outcome: 'activity';
  readonly facts: ActivityFacts;
}
