/** What a statement gave: every value as the text that the server sent, since a number could be rounded on the way. */
export interface Answer {
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  /** How many rows it changed or returned. */
  readonly count: number;
}

/**
 * A connection to a Postgres: embedded, or a server. Parameters are text, and the statement says what they are
 * (`$1::jsonb`).
 */
export interface Database {
  /** What to call it in messages: `PGlite in /var/lib/plumbline/registry`, `postgres at /run/postgresql, database x`. */
  readonly place: string;
  /** Whether the room of deleted rows is given back without us. */
  readonly hasAutovacuum: boolean;
  /** The pid of the server's process for us, as it was announced when we came in; left out by the embedded one. */
  readonly announcedPid?: number | null;
  /** Told when the connection ends, whoever ends it; the embedded one has none. */
  readonly onEnd?: (run: () => void) => void;
  /** One statement. @throws what the driver throws: `fromDatabase` makes a PlumblineError of it */
  query(text: string, parameters?: readonly (string | null)[]): Promise<Answer>;
  /** Several statements at once, without parameters. */
  script(text: string): Promise<void>;
  /** Ends the connection; the embedded one has to be closed, or the program lives on. */
  close(): Promise<void>;
}

/**
 * Runs a body in one transaction: committed where it ends well, rolled back where it throws.
 * Whatever the server's default is, each statement sees what others have committed: who has waited for a lock plans on
 * the rows as they are then.
 */
export async function transaction<T>(database: Database, body: () => Promise<T>): Promise<T> {
  await database.query('begin isolation level read committed');
  let result: T;
  try {
    result = await body();
  } catch (error) {
    // Where the connection is cut there is nothing to roll back, and the first error is the one that counts.
    await database.query('rollback').catch(() => {});
    throw error;
  }
  await database.query('commit');
  return result;
}

/** Whether it takes no writes: a standby, or a database or role that says so. */
export async function isReadOnly(database: Database): Promise<boolean> {
  const { rows } = await database.query('show transaction_read_only');
  return rows[0]?.['transaction_read_only'] === 'on';
}
