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

/** Somebody who answers SQL: our own engine, or a server. */
export interface Answering {
  /** For messages; empty for our own. */
  readonly place: string;
  /**
   * Runs the statements of a text, in their order.
   * @throws {SqlError} for one that is refused or fails; those behind it are not run
   */
  ask(text: string): Promise<readonly SqlResult[]>;
  close(): Promise<void>;
}
