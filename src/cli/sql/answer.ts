import type { Statement } from '../../sql/statement/statement.ts';
import type { Lacking } from '../../sql/tables/live-table.ts';

/** A column of a result: its name, and its type by Postgres's number for it. */
export interface SqlColumn {
  readonly name: string;
  readonly typeOid: number;
}

/** What one statement has answered; values as Postgres writes them, null for NULL. */
export interface SqlResult {
  /** None where the statement answers no rows: SET, BEGIN. */
  readonly columns: readonly SqlColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** As Postgres tells what was done: `SELECT 3`. */
  readonly tag: string;
}

/** What a text of statements was answered. */
export interface Answered {
  readonly results: readonly SqlResult[];
  /** What was read of the kernel for it; null where nothing was, or it is not known. */
  readonly look: Lacking | null;
}

/** Somebody who answers SQL: our own engine, or a server. */
export interface Answering {
  /**
   * Runs the statements of a text in their order, all of one snapshot unless they keep transactions of their own.
   * @throws {SqlError} for one that is refused or fails; those behind it are not run
   */
  answer(text: string, statements: readonly Statement[]): Promise<Answered>;
  close(): Promise<void>;
}
