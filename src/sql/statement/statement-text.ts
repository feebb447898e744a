/** A text with the places that libpg_query tells, which are bytes of UTF-8. */
export class StatementText {
  readonly #bytes: Buffer;
  /** One character a byte, so that an index is a place. */
  #latin1: string | null = null;

  constructor(text: string) {
    this.#bytes = Buffer.from(text);
  }

  get end(): number {
    return this.#bytes.length;
  }

  /** What stands between two places, without the white space around it. */
  slice(from: number, to: number): string {
    let [start, end] = [from, to];
    while (start < end && isSpace(this.#bytes[start])) start++;
    while (end > start && isSpace(this.#bytes[end - 1])) end--;
    return this.#bytes.toString('utf8', start, end);
  }

  /** The position of a place, as Postgres tells it: characters from 1. */
  position(place: number): number {
    let count = 1;
    for (const byte of this.#bytes.subarray(0, place)) if ((byte & 0xc0) !== 0x80) count++;
    return count;
  }

  /**
   * Where the first bare word like this one stands at or after a place, outside parentheses: of a text that is known to be
   * right. null: nowhere.
   */
  findWord(word: string, from: number): number | null {
    this.#latin1 ??= this.#bytes.toString('latin1');
    const text = this.#latin1;
    const token = new RegExp(TOKEN.source, 'gy');
    token.lastIndex = from;
    let depth = 0;
    for (let found = token.exec(text); found !== null; found = token.exec(text)) {
      const [said] = found;
      if (said === '/*') token.lastIndex = endOfComment(text, found.index);
      else if (said === '(') depth++;
      else if (said === ')') depth--;
      else if (depth === 0 && said.toLowerCase() === word) return found.index;
    }
    return null;
  }
}

/** Postgres's white space; what else Unicode calls so can be part of a name. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** A comment to the end of the line, the begin of another one, a name in quotes, a string, a word, or any other sign. */
const TOKEN = /--[^\n\r]*|\/\*|"[^"]*"|[eE]'(?:[^'\\]|\\[\s\S])*'|'[^']*'|[A-Za-z_\x80-\xff][\w$\x80-\xff]*|[\s\S]/;

/** Comments of this kind can hold others. */
function endOfComment(text: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start + 2;
  let depth = 1;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}
