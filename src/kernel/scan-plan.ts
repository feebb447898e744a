import type { Home } from '../model/home.ts';
import type { FileId, ProcessFacts, ProcessStat } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';

/** What a look wants to know, decided by those who know what a session is. */
export interface ScanPlan {
  /**
   * Which processes to read in full, by the stat of all. Each entry lists alternatives, best first: the first one
   * that still lives is read.
   */
  readonly select: (stats: ReadonlyMap<number, ProcessStat>) => Iterable<readonly number[]>;
  /** Whether the process can be a session, by its name; then it must be seen, or the look is incomplete. */
  readonly mayBeSession: (facts: ProcessFacts) => boolean;
  /** Whether to read its working directory, by what was read of it so far. */
  readonly wantsCwd: (facts: ProcessFacts) => boolean;
  readonly isHome: (id: FileId) => boolean;
  /** Where processes matter by where they are; null: wherever they are. */
  readonly homes: readonly Home[] | null;
  /** Processes that matter wherever they are. */
  readonly named: ReadonlySet<number>;
  /** Whether those on a terminal matter wherever they are: what they run decides whether an absence is proven. */
  readonly terminalsInFull: boolean;
  /**
   * Whether whoever has started an ancestor matters as well, for a process in a home that can be a session.
   * @param read what was read of the ancestor in full; null where it was not selected
   */
  readonly goesOnAbove: (ancestor: ProcessStat, read: ProcessFacts | null, below: ProcessStat) => boolean;
  readonly remoteHomes: boolean;
  /** Whether to find out which file each of these programs is. */
  readonly identifyPrograms: boolean;
  /** Whether to read their numbers in other pid namespaces. */
  readonly readsNamespaces: boolean;
  /** Whether it matters where its commands come from. */
  readonly wantsStdin: (facts: ProcessFacts) => boolean;
}

/** What was seen of the processes. */
export interface Scan {
  /** Every process, from one read each. */
  readonly stats: ReadonlyMap<number, ProcessStat>;
  /** Those that were selected. */
  readonly facts: ReadonlyMap<number, ProcessFacts>;
  /** Those that were selected and are known to be outside of all homes, of which no more was read. */
  readonly outside: ReadonlyMap<number, OutsideProcess>;
}

/** A process that is outside of all homes. */
export interface OutsideProcess extends ProcessStat {
  /** The name of its program's file; null where it is not known. */
  readonly exeName: ByteString | null;
  /** Whether it is the same incarnation, in the same directory, on the same terminal and with the same program. */
  isSamePlace(other: OutsideProcess): boolean;
}
