/** What clients have found: how much was done, how long it took, and what was wrong. */
export class Tally {
  readonly #done = new Map<string, number>();
  readonly #waits: { readonly what: string; readonly ms: number }[] = [];
  readonly #faults: string[] = [];

  /** A client of a kind has gone through its acts once more. */
  did(kind: string): void {
    this.#done.set(kind, (this.#done.get(kind) ?? 0) + 1);
  }

  /** Something that is nobody's own fault if it takes long. */
  async time<T>(what: string, act: () => Promise<T>): Promise<T> {
    const from = performance.now();
    const result = await act();
    this.#waits.push({ what, ms: performance.now() - from });
    return result;
  }

  /** What a client got is compared with what it should have got. */
  expect(what: string, got: unknown, wanted: unknown): void {
    const [gotText, wantedText] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (gotText !== wantedText) this.fault(`${what}: got ${gotText} and not ${wantedText}`);
  }

  fault(what: string): void {
    this.#faults.push(what);
  }

  /** Each once, with how often it was seen. */
  faults(): string[] {
    const counts = new Map<string, number>();
    for (const fault of this.#faults) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    return [...counts].map(([fault, count]) => (count === 1 ? fault : `${count} × ${fault}`));
  }

  /** How often each kind has gone through its acts. */
  get done(): ReadonlyMap<string, number> {
    return this.#done;
  }

  /** The longest waits, and those in the middle. */
  waits(): {
    readonly count: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly longest: string;
    readonly longestMs: number;
  } {
    const sorted = [...this.#waits].sort((a, b) => a.ms - b.ms);
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.ms ?? Number.NaN;
    const last = sorted.at(-1);
    return {
      count: sorted.length,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      longest: last?.what ?? '',
      longestMs: last?.ms ?? Number.NaN,
    };
  }
}
