import { ParseError, PlumblineError } from '../model/errors.ts';
import { type Missing, missingFromErrno, type Outcome, value } from '../model/outcome.ts';

/** Runs one system call of node:fs; an errno becomes an outcome, anything else is our bug and is thrown on. */
export function attempt<T>(call: () => T): Outcome<T> {
  try {
    return value(call());
  } catch (error) {
    return missingFromError(error);
  }
}

/** What the kernel refuses for lack of something on our side: no fact about what was asked, and no look to trust. */
const OUT_OF: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  EMFILE: ['this process may open no more files', 'raise the limit: ulimit -n 4096'],
  ENFILE: ['this machine can open no more files', 'raise the limit: sysctl fs.file-max'],
  ENOMEM: ['this machine has no memory left', 'ask again when it has'],
};

/**
 * The outcome that an exception of node:fs stands for.
 * @throws {PlumblineError} `blind` where the machine had no means left to answer, whatever was asked
 */
export function missingFromError(error: unknown): Missing {
  const errno = error instanceof Error && 'errno' in error && 'code' in error ? error.code : undefined;
  if (typeof errno !== 'string') throw error;
  const lack = OUT_OF[errno];
  if (lack) throw new PlumblineError('blind', `cannot look: ${lack[0]} (${errno})`, { hint: lack[1], cause: error });
  return missingFromErrno(errno);
}

/** Parses what was read, if anything was; damage becomes an outcome, so that one bad file never ends a look. */
export function parseOutcome<Raw, T>(read: Outcome<Raw>, parse: (raw: Raw) => T): Outcome<T> {
  if (read.kind !== 'value') return read;
  try {
    return value(parse(read.value));
  } catch (error) {
    if (error instanceof ParseError) return { kind: 'malformed', error };
    throw error;
  }
}
