import { SqlError } from '../sql-error.ts';
import type { FetchRows } from '../statement/statement.ts';

/** Rows from one to another, both counted from 1 and both among them. Backwards where `first` is behind `last`. */
export interface RowRange {
  readonly first: number;
  readonly last: number;
}

/** What is behind the last row that there is: nothing, or the error that its query has ended with. */
export interface RowsThere {
  readonly count: number;
  readonly failure: SqlError | null;
}

const NONE = null;

/** Where a cursor stands: 0 before the first row, one more than there are behind the last. */
export class Position {
  #at = 0;
  readonly #isForwardOnly: boolean;

  constructor(isForwardOnly: boolean) {
    this.#isForwardOnly = isForwardOnly;
  }

  /**
   * Goes where FETCH or MOVE says, as Postgres does (`DoPortalRunFetch`).
   * @param isMove MOVE 0 tells whether it stands on a row, and stays
   * @returns the rows that it has gone over, or that are meant; null for none
   * @throws {SqlError} `55000` backwards where it was declared NO SCROLL; `failure` behind the last row
   */
  go({ direction, count }: FetchRows, there: RowsThere, isMove: boolean): RowRange | null {
    const all = count ?? Number.POSITIVE_INFINITY;
    switch (direction) {
      case 'forward':
        return all < 0 ? this.#walk(-all, false, there, isMove) : this.#walk(all, true, there, isMove);
      case 'backward':
        if (count === null && isMove) return this.#backToStart(there);
        return all < 0 ? this.#walk(-all, true, there, isMove) : this.#walk(all, false, there, isMove);
      case 'absolute':
        return this.#absolute(all, there);
      case 'relative':
        if (all === 0) return this.#walk(0, true, there, isMove);
        this.#skip(Math.abs(all) - 1, all > 0, there);
        return this.#run(1, all > 0, there);
    }
  }

  /** Goes on, as Execute does, and says whether there is nothing more. */
  next(count: number, there: RowsThere): { readonly range: RowRange | null; readonly isAtEnd: boolean } {
    const range = this.#run(count, true, there);
    return { range, isAtEnd: this.#at > there.count };
  }

  /** What Postgres does not go back for row by row: from the start it is allowed to all. */
  #backToStart(there: RowsThere): RowRange | null {
    const before = Math.min(this.#at - 1, there.count);
    this.#rewind();
    return before > 0 ? { first: before, last: 1 } : NONE;
  }

  #walk(count: number, isForward: boolean, there: RowsThere, isMove: boolean): RowRange | null {
    if (count > 0) return this.#run(count, isForward, there);
    const isOnRow = this.#at > 0 && this.#at <= there.count;
    if (!isOnRow && !isForward && !isMove) this.#goBack();
    if (!isOnRow) return NONE;
    // What FETCH 0 tells again is read again, and that needs a way back.
    if (!isMove) this.#goBack();
    return { first: this.#at, last: this.#at };
  }

  #absolute(count: number, there: RowsThere): RowRange | null {
    if (count < 0) {
      this.#skip(Number.POSITIVE_INFINITY, true, there);
      this.#skip(-count - 1, false, there);
      return this.#run(1, false, there);
    }
    if (count === 0 || count - 1 <= Math.floor(Math.min(this.#at, there.count) / 2)) {
      this.#rewind();
      if (count === 0) return NONE;
      this.#skip(count - 1, true, there);
    } else if (count <= this.#at) {
      this.#skip(this.#at - count + 1, false, there);
    } else {
      this.#skip(count - this.#at - 1, true, there);
    }
    return this.#run(1, true, there);
  }

  #skip(count: number, isForward: boolean, there: RowsThere): void {
    if (count === 0) return;
    try {
      this.#run(count, isForward, there);
    } catch (error) {
      // Rows that are only passed over are not told, whatever stands behind them.
      throw error instanceof RowsFailed ? new RowsFailed(NONE, error.failure) : error;
    }
  }

  #run(count: number, isForward: boolean, there: RowsThere): RowRange | null {
    if (!isForward) return this.#runBack(count);
    const first = this.#at + 1;
    const wanted = this.#at + count;
    if (wanted > there.count && there.failure !== null && this.#at <= there.count) {
      this.#at = there.count;
      throw new RowsFailed(first <= there.count ? { first, last: there.count } : NONE, there.failure);
    }
    this.#at = Math.min(wanted, there.count + 1);
    const last = Math.min(this.#at, there.count);
    return first <= last ? { first, last } : NONE;
  }

  #runBack(count: number): RowRange | null {
    this.#goBack();
    const first = this.#at - 1;
    this.#at = Math.max(0, this.#at - count);
    const last = Math.max(1, this.#at);
    return first >= last ? { first, last } : NONE;
  }

  #rewind(): void {
    if (this.#at === 0) return;
    this.#goBack();
    this.#at = 0;
  }

  #goBack(): void {
    if (!this.#isForwardOnly) return;
    throw new SqlError('55000', 'cursor can only scan forward', {
      hint: 'Declare it with SCROLL option to enable backward scan.',
    });
  }
}

/** The query has ended with an error, behind the rows that it had told before. */
export class RowsFailed extends Error {
  readonly before: RowRange | null;
  readonly failure: SqlError;

  constructor(before: RowRange | null, failure: SqlError) {
    super(failure.message);
    this.name = 'RowsFailed';
    this.before = before;
    this.failure = failure;
  }
}
