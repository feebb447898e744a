/** What Postgres says of an error beside its message. */
interface SqlErrorDetails {
  readonly detail?: string;
  /** What the reader can do. */
  readonly hint?: string;
  /** Where in the statement it is, in characters from 1. */
  readonly position?: number;
  /** The connection ends with it. Default false. */
  readonly isFatal?: boolean;
}

/** An error as a client of Postgres is told it: a statement that is refused, or that could not be answered. */
export class SqlError extends Error {
  /** Five characters, as in Postgres's appendix of error codes: `25006`. */
  readonly sqlState: string;
  readonly detail: string;
  readonly hint: string;
  readonly position: number | null;
  readonly isFatal: boolean;

  constructor(sqlState: string, message: string, details: SqlErrorDetails = {}) {
    super(message);
    this.name = 'SqlError';
    this.sqlState = sqlState;
    this.detail = details.detail ?? '';
    this.hint = details.hint ?? '';
    this.position = details.position ?? null;
    this.isFatal = details.isFatal ?? false;
  }
}
