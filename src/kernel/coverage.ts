import type { CoverageCode, CoverageReason } from '../model/coverage.ts';

/** Collects what a look could not see. A process counts once a reason, however often it was met. */
export class CoverageLog {
  readonly #pids = new Map<CoverageCode, Set<number>>();
  readonly #counts = new Map<CoverageCode, number>();

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
