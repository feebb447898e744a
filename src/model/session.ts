import type { ClaimHolder } from './claim.ts';
import type { Evidence } from './evidence.ts';
import type { PaneSight } from './pane.ts';
import type { FileId } from './process.ts';
import type { Terminal } from './terminal.ts';
import type { Text } from './text.ts';
import type { Verdict } from './verdict.ts';

/** A process that could own a home. */
export interface Claimant {
  readonly pid: number;
  readonly startTimeTicks: bigint;
  readonly command: Text;
  readonly terminal: Terminal | null;
  /** Why it claims, and what speaks for or against it. */
  readonly reason: string;
}

/**
 * A session: a home and the process that *is* it; without configured homes, a terminal and its foreground process.
 * Where there is no single owner (ambiguous, unknown) the fields of the process are null.
 */
export interface Session {
  /** The home's name; without homes a label, the last part of the cwd, which several sessions can share. */
  readonly name: Text;
  /** The home's path; null where no homes are configured. */
  readonly home: Text | null;
  /** The home's directory as the kernel compares it; null without a home. */
  readonly homeId: FileId | null;
  readonly verdict: Verdict;
  readonly pid: number | null;
  readonly startTimeTicks: bigint | null;
  readonly bootId: string | null;
  /** The program file; null where it may not be read, or `identifyPrograms` was not asked for. */
  readonly exe: FileId | null;
  readonly terminal: Terminal | null;
  /** In which pane that is shown; null where `panes` was not asked for, and where there is no terminal. */
  readonly pane: PaneSight | null;
  /** Alive without a controlling terminal: it cannot be typed to. */
  readonly detached: boolean;
  /** Whether it is in its terminal's foreground group; null where that is unknown. */
  readonly foreground: boolean | null;
  /** The command that it was recognised by, else the program's name. Never its arguments. */
  readonly command: Text | null;
  readonly cwd: Text | null;
  /** The letter of stat: R S D T t … */
  readonly state: string | null;
  readonly startedAt: Date | null;
  /** When a program last read from its terminal, and last wrote to it; up to 8 s too early. Null where not seen. */
  readonly lastInputAt: Date | null;
  readonly lastOutputAt: Date | null;
  readonly claimants: readonly Claimant[];
  /**
   * Who has claimed it, the most telling process first; empty where nobody has. Null where nobody asked (`claims`), where
   * it has no home to claim, and where it could not be seen, which the evidence then says.
   */
  readonly claimedBy: readonly ClaimHolder[] | null;
  readonly evidence: readonly Evidence[];
}
