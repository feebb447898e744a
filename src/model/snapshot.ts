import type { Coverage } from './coverage.ts';
import type { AbsentHome, HomeSpec } from './home.ts';
import type { IncumbentReport } from './incumbent.ts';
import type { FileId } from './process.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';
import type { Text } from './text.ts';

/** The machine that was asked, and from where. */
export interface Host {
  /** From the configuration, else the machine-id, with the pid namespace behind it where it is not the first one. */
  readonly id: string | null;
  readonly bootId: string | null;
  /** The inode of our pid namespace; null where it could not be read. */
  readonly pidNamespace: bigint | null;
  readonly timeNamespace: bigint | null;
  /** The firmware's name of the machine; null where it has none, or only root may read it. */
  readonly machineUuid: string | null;
  /** When this boot began, by our clock now; null where it may not be read. */
  readonly bootedAt: Date | null;
}

/** What stands in a home without being its owner. */
export type BystanderRole =
  | 'launcher'
  | 'visitor'
  | 'leftover'
  | 'other_program'
  | 'detached'
  | 'dying'
  | 'zombie'
  | 'forked'
  | 'home_deleted'
  | 'own';

/** A process in a home, or that was in it, and why it is not the session. */
export interface Bystander {
  readonly pid: number;
  readonly command: Text;
  readonly terminal: Terminal | null;
  readonly role: BystanderRole;
  readonly reason: string;
}

/**
 * One configured home and what was found in it.
 * `none` is proven absence; `unknown` is a home or a machine that could not be seen well enough to say so.
 */
export interface HomeReport {
  readonly name: Text;
  readonly path: Text;
  /** Null where the directory is not there or may not be looked at. */
  readonly id: FileId | null;
  /** Why there is no directory to compare with; null where there is one. */
  readonly problem: AbsentHome['problem'] | null;
  readonly verdict: 'alive' | 'ambiguous' | 'unknown' | 'none';
  /** One sentence: who owns it, or why nobody does. */
  readonly reason: string;
  readonly session: Session | null;
  readonly bystanders: readonly Bystander[];
}

/** One look at the machine. True at `observedAt`; nothing in it is cached. */
export interface Snapshot {
  readonly observedAt: Date;
  readonly host: Host;
  readonly coverage: Coverage;
  /** Sorted by name, then terminal, then pid. */
  readonly sessions: readonly Session[];
  /** Every configured home, sorted by name; empty where none are configured. */
  readonly homes: readonly HomeReport[];
  /** What the homes were asked by. */
  readonly homeSpecs: readonly HomeSpec[];
  /** What became of the processes that the caller asked about, in its order; empty where it did not. */
  readonly incumbents: readonly IncumbentReport[];
  /** Configured patterns that match no directory: likely a slip of the pen. */
  readonly unmatchedPatterns: readonly string[];
}
