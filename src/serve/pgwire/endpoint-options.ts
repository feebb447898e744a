import type { SessionLimits } from '../../sql/session/session.ts';
import type { LookSettings } from '../../sql/tables/snapshots.ts';

/** What bounds all clients together, and each of them. */
export interface EndpointLimits extends SessionLimits {
  /** Clients at once. */
  readonly connections: number;
  /** How many of them are kept for root and for the user that the server runs as. */
  readonly reserved: number;
  /**
   * Connections at once that have not said yet who they are, of one address elsewhere or one user here. Those of users who
   * are allowed are as many as `connections`.
   */
  readonly pendingPerPeer: number;
  /** Milliseconds for that. */
  readonly authenticationMs: number;
  /** Milliseconds that a client may leave a transaction open and say nothing; 0 for ever. It can set less for itself. */
  readonly idleInTransactionMs: number;
  /** Bytes of one message. */
  readonly frameBytes: number;
  /** Bytes that all clients together have us keep: large answers that are on their way, rows of cursors and portals. */
  readonly memoryBytes: number;
  /** Milliseconds in which a client has to take some of what it is sent. */
  readonly stallMs: number;
  /** Milliseconds that running statements get when the server is closed. */
  readonly graceMs: number;
}

/** What holds where nothing else is said. */
export const DEFAULT_LIMITS: EndpointLimits = {
  connections: 64,
  reserved: 3,
  pendingPerPeer: 16,
  authenticationMs: 15_000,
  idleInTransactionMs: 5 * 60_000,
  frameBytes: 16 << 20,
  memoryBytes: 256 << 20,
  stallMs: 60_000,
  graceMs: 5_000,
  statementMs: 30_000,
  sharedMs: 5000,
  waitMs: 30_000,
  resultBytes: 64 << 20,
  heldBytes: 64 << 20,
};

/** Something that an operator wants to read of in a log. */
export interface EndpointEvent {
  /**
   * `listening`, `refused` a connection, `replaced` an engine, `thrown_out` a client, `bug` an error of ours, `closing`.
   */
  readonly kind: 'listening' | 'refused' | 'replaced' | 'thrown_out' | 'bug' | 'closing';
  /** One line. It can hold what a client has sent: escape it before a terminal gets it. */
  readonly message: string;
}

/** What a listening server is made of. */
export interface ListenOptions {
  /**
   * Where to listen: `127.0.0.1:5433`, `[::1]:5433`, `localhost:5433`, the directory of a Unix socket (`/run/plumb`, port 5432
   * in its name, or `/run/plumb:5433`). Port 0: one that is free. Any other address only with `tls` and `usersFile`.
   */
  readonly addresses: readonly string[];
  /** Who may connect on this machine beside root and the user that we run as: names or numbers of users. */
  readonly allowedUsers: readonly string[];
  /** Files in PEM. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null;
  /** Lines of `"name" "SCRAM-SHA-256$…"`, as `userLine()` makes them. It is read anew at each login. */
  readonly usersFile: string | null;
  readonly limits: EndpointLimits;
  readonly onEvent: (event: EndpointEvent) => void;
}

/** An endpoint: what it listens on, and what its tables show. */
export interface EndpointOptions extends ListenOptions {
  /** How the machine is looked at. */
  readonly observe: LookSettings;
}

/** A running endpoint. */
export interface Endpoint {
  /** Where it really listens, each as `addresses` has it, with the port that was free for port 0. */
  readonly addresses: readonly string[];
  /** Lets running statements end, tells clients, and is gone. Its sockets are removed. Can be called again. */
  close(): Promise<void>;
}

/**
 * Starts one.
 * @throws {PlumblineError} `config` where an address is not allowed, taken or not there, or a file cannot be used
 */
export type StartEndpoint = (options: EndpointOptions) => Promise<Endpoint>;
