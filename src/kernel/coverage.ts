import type { CoverageCode, CoverageReason } from '../model/coverage.ts';
import type { ParseError } from '../model/errors.ts';

/** So many are told of: where there are more, they are alike. */
const MOST_DAMAGE = 8;

/** Collects what a look could not see. A process counts once a reason, however often it was met. */
export class CoverageLog {
  readonly #pids = new Map<CoverageCode, Set<number>>();
  readonly #counts = new Map<CoverageCode, number>();
  readonly #damage = new Set<string>();

  /** Notes a process that could not be seen. */
  addPid(code: CoverageCode, pid: number): void {
    const pids = this.#pids.get(code);
    if (pids) pids.add(pid);
    else this.#pids.set(code, new Set([pid]));
  }

  /** Notes something that is not a process, or processes known only by their number; the last count holds. */
  setCount(code: CoverageCode, count: number): void {
    this.#counts.set(code, count);
  }

  /** The same for what is met more than once. */
  addCount(code: CoverageCode, count: number): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + count);
  }

  /** Notes a kernel file that could not be understood; of a process, or of the machine. */
  addDamage(error: ParseError, pid: number | null): void {
    if (pid === null) this.addCount('malformed', 1);
    else this.addPid('malformed', pid);
    if (this.#damage.size < MOST_DAMAGE) this.#damage.add(error.message);
  }

  /** What was not understood, in the parser's words. */
  get damage(): readonly string[] {
    return [...this.#damage];
  }

  /** Takes back what was noted of a process, which is looked at once more. */
  forget(pid: number): void {
    for (const [code, pids] of this.#pids) {
      if (pids.delete(pid) && pids.size === 0) this.#pids.delete(code);
    }
  }

  /** Takes back what a later look has cleared up. */
  clear(code: CoverageCode): void {
    this.#counts.delete(code);
    this.#pids.delete(code);
  }

  /** How many are noted for a reason. */
  countOf(code: CoverageCode): number {
    return (this.#counts.get(code) ?? 0) + (this.#pids.get(code)?.size ?? 0);
  }

  has(code: CoverageCode): boolean {
    return this.#counts.has(code) || this.#pids.has(code);
  }

  /** Everything noted, in the order of the codes' names, so that two equal looks read alike. */
  reasons(): CoverageReason[] {
    const codes = [...new Set([...this.#pids.keys(), ...this.#counts.keys()])].sort();
    return codes.map((code) => {
      const pids = [...(this.#pids.get(code) ?? [])].sort((a, b) => a - b);
      return { code, count: pids.length + (this.#counts.get(code) ?? 0), pids };
    });
  }
}
