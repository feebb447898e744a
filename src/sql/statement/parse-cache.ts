import type { Statement } from './statement.ts';

const MAX_ENTRIES = 500;

/** Characters of all texts together; what is kept of each is a few times as much. */
const MAX_CHARACTERS = 1_000_000;

/** A longer text than this is not likely to come again. */
const LONGEST = 20_000;

/** What texts said that came last: clients send the same ones over and over. */
export class ParseCache {
  /** The one used last stands last. */
  readonly #entries = new Map<string, readonly Statement[]>();
  #characters = 0;

  get(text: string): readonly Statement[] | undefined {
    const found = this.#entries.get(text);
    if (found === undefined) return undefined;
    this.#entries.delete(text);
    this.#entries.set(text, found);
    return found;
  }

  add(text: string, statements: readonly Statement[]): readonly Statement[] {
    if (text.length > LONGEST) return statements;
    this.#entries.set(text, statements);
    this.#characters += text.length;
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= MAX_ENTRIES && this.#characters <= MAX_CHARACTERS) break;
      this.#entries.delete(oldest);
      this.#characters -= oldest.length;
    }
    return statements;
  }
}
