/** How much one run may take. */
export interface RunLimits {
  /** Milliseconds until it is ended. */
  readonly ms: number;
  /** Bytes of what it answers. */
  readonly bytes: number;
}

/** Something for the engine to run for one client, in the frames of Postgres's protocol 3.0. */
export interface EngineJob {
  /** Whose it is: what one leaves behind in the engine (settings, prepared statements) is cleared before another's job. */
  readonly owner: object;
  /** Frames that give the engine the owner's settings; asked for where the engine has them not. Empty: the defaults. */
  readonly settings: () => Uint8Array;
  /** The prepared statement that `frames` name, and the frames that make it, sent first where the engine has it not. */
  readonly statement: { readonly name: string; readonly frames: Uint8Array } | null;
  /** What the live tables hold that may be read, by their names, as CSV. Any other can be planned with, and not read. */
  readonly tables: ReadonlyMap<string, Uint8Array>;
  /** What to run: one Query, or messages up to one Sync. */
  readonly frames: Uint8Array;
  readonly limits: RunLimits;
  /** Aborted where the client cancels, or is gone. */
  readonly signal: AbortSignal;
}

/**
 * Postgres, without any data: it runs one job at a time, in the order in which they come, each in a transaction of its own
 * that may only read. Nothing of a job outlives it but its owner's settings and prepared statements, so that an engine can
 * be ended and replaced between two jobs, or in the middle of one, and only that one has lost anything.
 */
export interface Engine {
  /**
   * @returns the frames of the answer up to ReadyForQuery, which is left out; an ErrorResponse among them is an answer
   * @throws {SqlError} `57014` cancelled or too slow, `54000` too much of an answer, `58000` the engine has died of it
   */
  run(job: EngineJob): Promise<Uint8Array>;
  /** Forgets what the engine has of an owner: its settings have changed otherwise, or it is gone. */
  forget(owner: object): void;
  close(): Promise<void>;
}
