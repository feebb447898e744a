import { ParseError } from '../model/errors.ts';
import { type Missing, missingFromErrno, type Outcome, value } from '../model/outcome.ts';

/** Runs one system call of node:fs; an errno becomes an outcome, anything else is our bug and is thrown on. */
export function attempt<T>(call: () => T): Outcome<T> {
  try {
    return value(call());
  } catch (error) {
    return missingFromError(error);
  }
}

/** The outcome that an exception of node:fs stands for. */
export function missingFromError(error: unknown): Missing {
  const errno = error instanceof Error && 'errno' in error && 'code' in error ? error.code : undefined;
  if (typeof errno !== 'string') throw error;
  return missingFromErrno(errno);
}

/** Parses what was read, if anything was; damage becomes an outcome, so that one bad file never ends a look. */
export function parseOutcome<T>(bytes: Outcome<Uint8Array>, parse: (bytes: Uint8Array) => T): Outcome<T> {
  if (bytes.kind !== 'value') return bytes;
  try {
    return value(parse(bytes.value));
  } catch (error) {
    if (error instanceof ParseError) return { kind: 'malformed', error };
    throw error;
  }
}
