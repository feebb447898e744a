/** A question, what rows came, and when: milliseconds of one monotonic clock. */
export interface Answer {
  readonly table: string;
  readonly askedMs: number;
  readonly answeredMs: number;
  /** What each row says, in the words of the facts. */
  readonly rows: readonly string[];
}

/** Something that is so for a while: from when on it may be, and between when it certainly is. */
export class Fact {
  readonly table: string;
  readonly beganMs = performance.now();
  #text: string | null = null;
  #dying: string | null = null;
  #heldMs = Number.POSITIVE_INFINITY;
  #doubtedMs = Number.POSITIVE_INFINITY;
  #overMs = Number.POSITIVE_INFINITY;

  constructor(table: string) {
    this.table = table;
  }

  /**
   * It is so, as its maker has seen; and what a row of it says.
   * @param dying what a row can say as well while it ends
   */
  holds(text: string, dying: string | null = null): this {
    this.#text = text;
    this.#dying = dying;
    this.#heldMs = performance.now();
    return this;
  }

  /** Its end is about to be made. */
  ends(): void {
    this.#doubtedMs = performance.now();
  }

  /** Its end has been seen. */
  isOver(): void {
    this.#overMs = performance.now();
  }

  get text(): string | null {
    return this.#text;
  }

  /** What rows could say at some time between the two. */
  possible({ askedMs, answeredMs }: Answer): (string | null)[] {
    if (this.beganMs > answeredMs || this.#overMs < askedMs) return [];
    return this.#doubtedMs <= answeredMs ? [this.#text, this.#dying] : [this.#text];
  }

  /** Whether it was so all the time. */
  always({ askedMs, answeredMs }: Answer): boolean {
    return this.#heldMs <= askedMs && this.#doubtedMs >= answeredMs;
  }
}

/** What makers say that they have made, and when: by that answers are judged. */
export class FactLog {
  readonly #facts: Fact[] = [];

  /** Something is about to be made. */
  begin(table: string): Fact {
    const fact = new Fact(table);
    this.#facts.push(fact);
    return fact;
  }

  /** What rows of a table can say. */
  textsOf(table: string): string[] {
    return this.#facts.flatMap((it) => (it.table === table && it.text !== null ? [it.text] : []));
  }

  /** What of an answer was at no time so while it was made, and what it lacks that was so all the time. */
  judge(answer: Answer): string[] {
    const all = this.#facts.filter(({ table }) => table === answer.table);
    const possible = new Set(all.flatMap((it) => it.possible(answer)));
    const there = new Set(answer.rows);
    const wrong = answer.rows.filter((row) => !possible.has(row)).map((row) => `never so: ${row}`);
    const twice = answer.rows.length > there.size ? ['a row is there twice'] : [];
    const missing = all
      .filter((it) => it.always(answer) && !there.has(it.text ?? ''))
      .map((it) => `missing: ${it.text}`);
    return [...wrong, ...twice, ...missing].map((it) => `${answer.table}: ${it}`);
  }
}
