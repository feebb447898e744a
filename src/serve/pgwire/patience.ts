import type { SqlSession } from '../../sql/session/session.ts';
import { SqlError } from '../../sql/sql-error.ts';

/** The longest that a timer of Node can wait. */
const LONGEST_MS = 0x7fff_ffff;

/** How long a client may leave us waiting, and what it is told when it has for too long. */
export class Patience {
  readonly #onOver: (error: SqlError) => void;
  #idle: NodeJS.Timeout | null = null;
  #transaction: NodeJS.Timeout | null = null;

  constructor(onOver: (error: SqlError) => void) {
    this.#onOver = onOver;
  }

  /**
   * It is the client's turn.
   * @param mostMs that it may leave a transaction open at most, whatever it has asked for; 0 for ever
   */
  wait({ status, patience }: SqlSession, mostMs: number): void {
    const isIn = status !== 'I';
    const idleMs = isIn ? shorter(patience.idleInTransactionMs, mostMs) : patience.idleMs;
    if (idleMs > 0) this.#idle = this.#after(idleMs, isIn ? idleInTransaction : idleSession);
    if (!isIn) this.#forgetTransaction();
    // It counts from its begin, whatever was run since.
    else if (patience.transactionMs > 0) this.#transaction ??= this.#after(patience.transactionMs, transactionTimeout);
  }

  /** It has said something. */
  hear(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
  }

  stop(): void {
    this.hear();
    this.#forgetTransaction();
  }

  #forgetTransaction(): void {
    if (this.#transaction !== null) clearTimeout(this.#transaction);
    this.#transaction = null;
  }

  #after(ms: number, error: () => SqlError): NodeJS.Timeout {
    return setTimeout(() => this.#onOver(error()), Math.min(ms, LONGEST_MS));
  }
}

/** The shorter of two times of which 0 is for ever. */
function shorter(a: number, b: number): number {
  return a > 0 && b > 0 ? Math.min(a, b) : Math.max(a, b);
}

function idleInTransaction(): SqlError {
  return new SqlError('25P03', 'terminating connection due to idle-in-transaction timeout', { isFatal: true });
}

function idleSession(): SqlError {
  return new SqlError('57P05', 'terminating connection due to idle-session timeout', { isFatal: true });
}

function transactionTimeout(): SqlError {
  return new SqlError('25P04', 'terminating connection due to transaction timeout', { isFatal: true });
}
