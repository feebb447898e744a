/** Where and how a kernel text could not be understood. */
export interface ParseErrorDetails {
  /** The file, as proc(5) names it: `/proc/<pid>/stat`. */
  readonly source: string;
  /** The field that was being read: `tty_nr (7)`. */
  readonly field: string;
  /** A short piece of the text around the damage, at most 80 characters. */
  readonly excerpt: string;
  /** The line, counted from 1, where the file has lines. */
  readonly line?: number;
}

/** Damaged kernel text. Thrown in `kernel/parse`, caught in `kernel`, counted in coverage; never repaired. */
export class ParseError extends Error {
  readonly source: string;
  readonly field: string;
  readonly excerpt: string;
  readonly line: number | null;

  constructor(details: ParseErrorDetails) {
    const place = details.line === undefined ? details.source : `${details.source} line ${details.line}`;
    const excerpt = details.excerpt.slice(0, 80);
    super(`${place}: cannot read ${details.field} in ${JSON.stringify(excerpt)}`);
    this.name = 'ParseError';
    this.source = details.source;
    this.field = details.field;
    this.excerpt = excerpt;
    this.line = details.line ?? null;
  }
}

/**
 * Every way in which an operation of plumbline can fail, for programs to branch on.
 *
 * - `usage`: the caller's arguments do not make sense together.
 * - `config`: the configuration is wrong; the message names the key and the line.
 * - `unsupported_platform`: not Linux, or no procfs where one was expected.
 * - `blind`: the kernel let us see too little to answer.
 * - `scene`: a recorded scene cannot be written or read.
 * - `host_conflict`: two places share one host id; nothing is written until they have two.
 * - `registry`: the registry cannot be reached or opened, refuses, or was changed meanwhile.
 * - `schema`: the registry has no schema, or one that this plumb does not know.
 */
export type PlumblineErrorCode =
  | 'usage'
  | 'config'
  | 'unsupported_platform'
  | 'blind'
  | 'scene'
  | 'host_conflict'
  | 'registry'
  | 'schema';

/** A failed operation: what failed, on what, why, and what to do about it. */
export class PlumblineError extends Error {
  readonly code: PlumblineErrorCode;
  /** What the reader can do, as one sentence; empty where there is nothing. */
  readonly hint: string;
  /** Whether waiting may mend it: a server that is away, a lock that somebody holds. Else a person has to. */
  readonly isTransient: boolean;
  /** What Postgres calls it (SQLSTATE); null where no database has said it. */
  readonly sqlState: string | null;

  constructor(
    code: PlumblineErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown; isTransient?: boolean; sqlState?: string | null } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PlumblineError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.isTransient = options.isTransient ?? false;
    this.sqlState = options.sqlState ?? null;
  }
}
