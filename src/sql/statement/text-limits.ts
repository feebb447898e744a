import { SqlError } from '../sql-error.ts';

/** Of UTF-8. While a text is parsed nobody else is served: of this size, that takes half a second on a core of its own (measured). */
export const MAX_TEXT_BYTES = 256 * 1024;

/**
 * The scanner reads a run of such characters anew for each token in it: a short comment repeated to the limit above took 44 seconds.
 * The sum of the squares of their lengths is what it takes.
 */
const OPERATOR_RUN = /[-+*/<>=~!@#%^&|`?]{64,}/g;
const MAX_RUNS = 20_000_000;

/**
 * What must not come to the parser at all.
 * @throws {SqlError} `54000` too long, `22021` not text, `54001` too long for the scanner
 */
export function mustBeReadable(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_TEXT_BYTES) {
    throw new SqlError('54000', `the text of the statement is too long: ${bytes} bytes, at most ${MAX_TEXT_BYTES}`, {
      hint: 'Send it in several, and give long lists as one parameter: = any ($1).',
    });
  }
  if (text.includes('\0')) throw new SqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
  if (/\p{Surrogate}/u.test(text)) {
    throw new SqlError('22021', 'invalid byte sequence for encoding "UTF8": half of a surrogate pair');
  }
  let runs = 0;
  for (const [run] of text.matchAll(OPERATOR_RUN)) runs += run.length ** 2;
  if (runs > MAX_RUNS) {
    throw new SqlError('54001', 'the statement has too many signs of operators in a row', {
      hint: 'Put spaces between them, or shorten the comments that are made of them.',
    });
  }
}

/** What is said of a statement that is nested too deeply. */
export function tooDeep(): SqlError {
  return new SqlError('54001', 'the statement is nested too deeply', {
    hint: 'Write it flatter: long chains of an operator, UNION, CASE or parentheses count, lists do not.',
  });
}
