/** What a class of blanks is to JavaScript among characters that are single bytes. */
const BLANKS = '\\s\\u00a0';

/**
 * A regular expression of ours as Postgres reads it (ARE), for characters that are single bytes, with the collation "C".
 * Only what differs between the two is written otherwise: the dot without its newlines, JavaScript's blanks, and a count that
 * is more than Postgres can count to, which then means any number.
 *
 * @throws {TypeError} for flags other than `s`
 */
export function postgresRegex({ source, flags, dotAll }: RegExp): string {
  if (flags.replace('s', '') !== '') throw new TypeError(`/${source}/${flags} cannot be said in Postgres`);
  let inClass = false;
  return source.replace(/\\\/|\\.|\[|\]|\.|\{1,4096\}/gs, (token) => {
    if (token === '\\/') return '/';
    if (token === '\\s') return inClass ? BLANKS : `[${BLANKS}]`;
    if (token.startsWith('\\')) return token;
    if (token === '[' || token === ']') {
      inClass = token === '[';
      return token;
    }
    if (token === '.') return inClass || dotAll ? token : '[^\\n\\r]';
    return inClass ? token : '+';
  });
}
