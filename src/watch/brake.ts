import { seesOwnNamespace } from '../model/coverage.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { SECOND_LOOK_MS } from '../sync.ts';

/**
 * The brake from pass to pass: a death that one complete look has proven and held is written by a later one that
 * proves it again, at least two seconds after the first. Between the two every look has to prove it.
 */
export class Brake<Death> {
  readonly #isSame: (a: Death, b: Death) => boolean;
  #held: readonly { readonly death: Death; readonly sinceMs: number }[] = [];

  /** @param isSame whether two looks speak of one end of one row */
  constructor(isSame: (a: Death, b: Death) => boolean) {
    this.#isSame = isSame;
  }

  /** What has been held for long enough, for a look that begins now. */
  provenBefore(nowMs: number): readonly Death[] {
    return this.#held.filter(({ sinceMs }) => nowMs - sinceMs >= SECOND_LOOK_MS).map(({ death }) => death);
  }

  /**
   * A pass between these two moments has held these.
   * @returns when a later look may release some of them, which can be now: one that began before the two seconds were over
   *   has released nothing; null where none waits for one
   */
  passed(
    { held }: { readonly held: readonly Death[] },
    { coverage }: Pick<Snapshot, 'coverage'>,
    { startedMs, endedMs }: { readonly startedMs: number; readonly endedMs: number },
  ): number | null {
    const sinceOf = (death: Death) => this.#held.find((it) => this.#isSame(it.death, death))?.sinceMs ?? endedMs;
    this.#held = seesOwnNamespace(coverage) ? held.map((death) => ({ death, sinceMs: sinceOf(death) })) : [];
    const times = this.#held.map(({ sinceMs }) => sinceMs + SECOND_LOOK_MS).filter((ms) => ms > startedMs);
    return times.length === 0 ? null : Math.min(...times);
  }
}
