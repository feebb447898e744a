import { SqlError } from '../sql-error.ts';
import { EngineDied } from './engine-died.ts';

/** The client has cancelled it, or is gone. */
export function cancelled(): SqlError {
  return new SqlError('57014', 'canceling statement due to user request');
}

/** It takes longer than it may. */
export function tooSlow(): SqlError {
  return new SqlError('57014', 'canceling statement due to statement timeout');
}

/** It has run for long, and others wait. */
export function held(): SqlError {
  return new SqlError('57014', 'canceling statement due to statement timeout', {
    detail: 'Other clients have waited for it.',
    hint: 'ask for less at once, or run it with plumb sql, which waits for nobody',
  });
}

/** It has waited for too long. */
export function waited(): SqlError {
  return new SqlError('55P03', 'canceling statement: the engine was not free in time', {
    hint: 'ask again; the statement itself has not been run',
  });
}

/** The engine is closed. */
export function closing(): SqlError {
  return new SqlError('57P01', 'terminating connection due to administrator command', { isFatal: true });
}

/** It answers more than it may. */
export function tooMuch(bytes: number): SqlError {
  return new SqlError('54000', `the result is larger than ${bytes} bytes`, {
    hint: 'name fewer columns, or ask for fewer rows: where, limit',
  });
}

/** What became of a job that the engine has died of. */
export function died(error: unknown): unknown {
  if (!(error instanceof EngineDied)) return error;
  // Where Postgres has not noticed by itself, the thread has.
  if (/call stack size/.test(error.message)) {
    return new SqlError('54001', 'stack depth limit exceeded', {
      hint: 'the statement, or a value in it, is nested too deeply',
    });
  }
  return new SqlError('58000', `the database engine has ended while it ran this: ${error.message}`, {
    hint: 'it has been replaced, and other statements run; this one would end it again',
  });
}
