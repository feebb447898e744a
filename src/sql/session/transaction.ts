import { SqlError } from '../sql-error.ts';
import type { LiveSnapshot, Snapshots, TableNeeds } from '../tables/live-table.ts';
import type { SettingsState } from './settings.ts';

/** A point that a transaction can go back to. */
export interface Savepoint {
  readonly name: string;
  readonly settings: SettingsState;
}

/**
 * A transaction of one client: a status, what the machine looked like, and what the settings were. Nothing of it is in the
 * engine. One begins by itself with the first statement, and ends with it; BEGIN makes a block of it.
 */
export class Transaction {
  isBlock = false;
  isFailed = false;
  /** Several statements that came together: what it makes can be used by the next, as in a block. */
  isSeveral = false;
  /** The one statement of a simple query: nothing else can come before it ends. */
  isAlone = false;
  /** As SET TRANSACTION has asked for it; null: as the settings say. */
  isolation: string | null;
  /** Something has been run in it: what it was to be has been decided. */
  hasRun = false;
  /** Execute has been said in it, and Sync has not: what stands alone in Postgres cannot follow. */
  isPipeline = false;
  readonly settings: SettingsState;
  readonly savepoints: Savepoint[] = [];
  readonly #chained: string | null;
  #snapshot: LiveSnapshot | null = null;

  /** @param chained the isolation of the one before, where AND CHAIN has begun this */
  constructor(settings: SettingsState, chained: string | null = null) {
    this.settings = settings;
    this.isolation = chained;
    this.#chained = chained;
  }

  /** Reads of its one look at the machine, which is taken with the first statement that needs it. */
  async read(snapshots: Snapshots, needs: TableNeeds): Promise<ReadonlyMap<string, Uint8Array>> {
    const isFirst = this.#snapshot === null;
    // What Execute runs, Sync need not follow: another Execute is to see the same rows.
    const snapshot = this.#snapshot ?? snapshots.take(needs, { isBlock: this.isBlock || !this.isAlone });
    this.#snapshot = snapshot;
    try {
      return await snapshot.read(needs);
    } catch (error) {
      // What nobody has seen anything of can be looked at anew, after ROLLBACK TO.
      if (isFirst) this.#snapshot = null;
      throw error;
    }
  }

  /** What the settings go back to where a statement fails now. */
  get settingsBefore(): SettingsState {
    return this.savepoints.at(-1)?.settings ?? this.settings;
  }

  /** A statement has failed. What it was to be is forgotten with all that has been asked in it. */
  fail(): void {
    this.isFailed = true;
    if (this.savepoints.length === 0) this.isolation = this.#chained;
  }

  /**
   * Which savepoint a name means: the last of that name.
   * @throws {SqlError} `3B001`
   */
  indexOf(name: string): number {
    const index = this.savepoints.findLastIndex((it) => it.name === name);
    if (index < 0) throw new SqlError('3B001', `savepoint "${name}" does not exist`);
    return index;
  }
}
