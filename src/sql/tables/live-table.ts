import type { Gaps } from '../../model/coverage.ts';

/** A column as SQL has it. */
export interface LiveColumn {
  readonly name: string;
  /** `text`, `bigint`, `numeric(20)`, `boolean`, `timestamptz`, `text[]`, `bigint[]`, `jsonb`. */
  readonly type: string;
  readonly comment: string;
}

/** A relation as a table of SQL: what `select` names, and what `\d+` tells of it. */
export interface LiveTable {
  readonly name: string;
  readonly comment: string;
  /** The relation's own, then `host_id` and `observed_at`. */
  readonly columns: readonly LiveColumn[];
}

/** What of the kernel is asked for. */
export interface TableNeeds {
  readonly tables: ReadonlySet<string>;
  readonly columns: ReadonlySet<string> | 'all';
}

/** The machine as one transaction sees it: what is read of it once stays as it is. */
export interface LiveSnapshot {
  /**
   * Reads these tables, those that have not been read yet, as CSV in the order of their columns.
   * @throws {PlumblineError} what `observe` throws
   */
  read(needs: TableNeeds): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** How complete what was read of a machine is. */
export interface Lacking {
  readonly hostId: string | null;
  /** When the look began. */
  readonly observedAt: Date;
  readonly coverage: Gaps;
  /** Of the homes that were asked for, the patterns that no directory matches. */
  readonly unmatchedPatterns: readonly string[];
}

/** Where snapshots come from. */
export interface Snapshots {
  /**
   * A look that begins after this call. Several calls can share one.
   * @param needs what is read of it first
   * @param options `isBlock`: more can follow, and be of the same rows
   */
  take(needs: TableNeeds, options: { readonly isBlock: boolean }): LiveSnapshot;
}

/** One that tells how complete it is, for whoever asks without SQL. */
export interface TellingSnapshot extends LiveSnapshot {
  /** What those tables lack that were read so far, all together. */
  lacking(): Promise<Lacking>;
}

/** Where such come from. */
export interface TellingSnapshots extends Snapshots {
  take(...how: Parameters<Snapshots['take']>): TellingSnapshot;
}
