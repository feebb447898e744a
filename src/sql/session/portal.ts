import { SqlError } from '../sql-error.ts';
import type { Statement } from '../statement/statement.ts';
import type { BoundQuery, Parameters } from './bound-query.ts';
import type { HeldRows } from './held-rows.ts';
import { Position } from './position.ts';
import type { Prepared } from './prepared-statements.ts';

/** What DECLARE says of a cursor. */
interface CursorOptions {
  readonly isBinary: boolean;
  /** WITH HOLD. */
  readonly isHeld: boolean;
  /** NO SCROLL. */
  readonly isForwardOnly: boolean;
}

/** What a portal is made of. */
export interface PortalParts {
  readonly name: string;
  /** What Bind has bound; null of a cursor. */
  readonly prepared: Prepared | null;
  /** null where there is nothing to run in it. */
  readonly statement: Statement | null;
  /** What it gets its rows from; null where the session itself does what it says. */
  readonly query: BoundQuery | null;
  /** RowDescription; null where it has no rows. */
  readonly description: Uint8Array | null;
  readonly resultFormats: readonly number[];
  readonly parameters: Parameters;
  readonly cursor: CursorOptions | null;
  /** In how many savepoints it was made. */
  readonly level: number;
}

/** A statement that is being run, by Bind or DECLARE: its rows once it has any, and where its reader stands in them. */
export class Portal {
  readonly parts: PortalParts;
  readonly position: Position;
  rows: HeldRows | null = null;
  /** The formats that `rows` have. */
  rowFormats: readonly number[] = [];
  level: number;
  /** Its transaction has ended, and it lives on: WITH HOLD. */
  isPersistent = false;
  #isDone = false;
  /** Its query has ended with an error. */
  isFailed = false;

  constructor(parts: PortalParts) {
    this.parts = parts;
    this.level = parts.level;
    // What Bind makes goes forward only, also for a FETCH from it.
    this.position = new Position(parts.cursor?.isForwardOnly ?? true);
  }

  get name(): string {
    return this.parts.name;
  }

  /** What it says has been done, and is not done twice. */
  markDone(): void {
    this.#isDone = true;
  }

  /** @throws {SqlError} `55000` where it has failed before, or has been done */
  mustRun(): void {
    if (this.isFailed || this.#isDone) throw new SqlError('55000', `portal "${this.name}" cannot be run`);
  }
}
