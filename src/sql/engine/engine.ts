/** How much one run may take. */
interface RunLimits {
  /** Milliseconds until it is ended. */
  readonly ms: number;
  /** The same from when others wait for it to end. */
  readonly sharedMs: number;
  /** Milliseconds that it waits itself until it is run. */
  readonly waitMs: number;
  /** Bytes of what it answers. */
  readonly bytes: number;
}

/** Something for the engine to run for one client, in the frames of Postgres's protocol 3.0. */
export interface EngineJob {
  /** Whose it is: what one leaves behind in the engine (settings, prepared statements) is cleared before another's job. */
  readonly owner: object;
  /**
   * Frames that give the engine the owner's settings: Queries, or nothing for the defaults; asked for where the engine has
   * them not. Where they fail, that is the job's answer.
   */
  readonly settings: () => Uint8Array;
  /**
   * The prepared statement that `frames` name, and the frames that make it: a Query, or messages and a Sync, sent first
   * where the engine has it not under this name. Where they fail, that is the job's answer. Nothing else makes or closes
   * statements with names.
   */
  readonly statement: { readonly name: string; readonly frames: Uint8Array } | null;
  /**
   * What the live tables hold that may be read, by their names, as CSV. Any other can be planned with, and not read
   * (`58030`). The bytes are copied when the job begins to run, and must not change before.
   */
  readonly tables: ReadonlyMap<string, Uint8Array>;
  /** What to run: one Query; or Parse, Bind, Describe, Execute, Close, Flush in any number, and one Sync at the end. */
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
   * @returns the frames of the answer up to ReadyForQuery, which is left out; an ErrorResponse among them is an answer.
   *   ParameterStatus and NoticeResponse can stand anywhere in it
   * @throws {SqlError} `57014` cancelled or too slow, `55P03` others have run for too long, `54000` too much of an answer, `58000` the engine has died of it,
   *   `57P03` it does not start, `57P01` it was closed
   * @throws {RangeError} for frames that are not what they should be; what `settings` throws
   */
  run(job: EngineJob): Promise<Uint8Array>;
  /** Forgets what the engine has of an owner: its settings have changed otherwise, or it is gone. */
  forget(owner: object): void;
  close(): Promise<void>;
}
