import { backend } from '../protocol/backend.ts';
import type { SqlError } from '../sql-error.ts';
import type { Parameters } from './bound-query.ts';

/** What has come of a statement, ready to be sent. */
export interface Outcome {
  readonly pieces: readonly Uint8Array[];
  /** The CommandComplete: sent when all else has gone well. */
  readonly complete: Uint8Array | null;
  /** What it has ended with, after `pieces`. */
  readonly failure: SqlError | null;
}

/** How a statement is asked for. */
export interface Call {
  readonly parameters: Parameters;
  /** The formats of its rows, which are described already; null in a simple query, where the rows are described before them. */
  readonly resultFormats: readonly number[] | null;
}

/** A statement that has no rows, and has done what it says. */
export function done(tag: string): Outcome {
  return { pieces: [], complete: backend.commandComplete(tag), failure: null };
}
