import type { Engine } from '../engine/engine.ts';
import type { ParseStatements } from '../statement/statement.ts';
import type { Snapshots } from '../tables/live-table.ts';
import type { ServerMemory } from './server-memory.ts';

/** What bounds one client. */
export interface SessionLimits {
  /** Milliseconds that one statement may run; a client can set less for itself (`statement_timeout`). */
  readonly statementMs: number;
  /** The same of one that others wait for: there is one engine. */
  readonly sharedMs: number;
  /** Milliseconds that a statement waits for the engine, until its client is told to ask again. */
  readonly waitMs: number;
  /** Bytes of one result. */
  readonly resultBytes: number;
  /** Bytes of rows that cursors and portals hold. */
  readonly heldBytes: number;
}

/** What a session is made with. */
export interface SessionOptions {
  /** Tells the statements of a text, and refuses what may not be run: `openStatements`. */
  readonly parse: ParseStatements;
  readonly engine: Engine;
  readonly snapshots: Snapshots;
  readonly limits: SessionLimits;
  /** Shared by all sessions of a server. */
  readonly memory: ServerMemory;
  /** What the client has said of itself when it connected: `user`, `database`, and settings such as `application_name`. */
  readonly startup: ReadonlyMap<string, string>;
  /** Sends frames to the client; the promise says when it can take more. */
  readonly send: (frames: Uint8Array) => Promise<void> | void;
}

/** What Bind says. */
export interface Bind {
  readonly portal: string;
  readonly statement: string;
  readonly parameterFormats: readonly number[];
  readonly parameters: readonly (Uint8Array | null)[];
  readonly resultFormats: readonly number[];
}

/** What `idle_in_transaction_session_timeout`, `transaction_timeout` and `idle_session_timeout` say. */
export interface Patience {
  readonly idleInTransactionMs: number;
  readonly transactionMs: number;
  readonly idleMs: number;
}

/**
 * One client's session as Postgres has it, over an engine that all share: its settings, prepared statements, portals,
 * cursors and transaction are kept here. A transaction holds one snapshot of the kernel and nothing in the engine, so that
 * nobody waits for anybody's transaction.
 *
 * Messages are given one at a time, each after the promise of the one before. What is wrong is sent as an ErrorResponse;
 * the promise rejects with what is a bug only, or with a fatal `SqlError`.
 */
export interface SqlSession {
  /** `I` idle, `T` in a transaction block, `E` in one that has failed. */
  readonly status: 'I' | 'T' | 'E';
  /** How long a client may leave us waiting, as it has asked for itself: milliseconds, 0 for ever. */
  readonly patience: Patience;
  /**
   * Takes what the client has said when it connected; before anything else, or with the first message.
   * @returns the settings that ParameterStatus tells, with their values for this client
   * @throws {SqlError} fatal: `42704` no such setting, `22023` not this value; or what the engine throws
   */
  start(): Promise<ReadonlyMap<string, string>>;
  /** A simple query: everything up to ReadyForQuery is sent. */
  query(text: string): Promise<void>;
  parse(name: string, text: string, parameterTypes: readonly number[]): Promise<void>;
  bind(message: Bind): Promise<void>;
  describe(what: 'statement' | 'portal', name: string): Promise<void>;
  execute(portal: string, maxRows: number): Promise<void>;
  closeNamed(what: 'statement' | 'portal', name: string): Promise<void>;
  sync(): Promise<void>;
  /**
   * A message that could not be understood, at its place among the others: what is left up to Sync is skipped.
   * @param isAlone it is one that no Sync follows, as a query: all up to ReadyForQuery is sent. Default false
   */
  fail(error: Error, isAlone?: boolean): Promise<void>;
  /** Ends what runs now, if anything does: the client gets 57014. */
  cancel(): void;
  /** The client is gone: what runs is ended, and nothing is sent any more. */
  end(): void;
}

/** Makes one. */
export type OpenSession = (options: SessionOptions) => SqlSession;
