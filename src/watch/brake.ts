import type { Snapshot } from '../model/snapshot.ts';
import { type Change, isSameDeath, type Plan } from '../registry/plan.ts';
import { SECOND_LOOK_MS } from '../sync.ts';

/**
 * The brake from pass to pass: a death that one complete look has proven and held is written by a later one that
 * proves it again, at least two seconds after the first. Between the two every look has to prove it.
 */
export class Brake {
  #held: readonly { readonly change: Change; readonly sinceMs: number }[] = [];

  /** What has been held for long enough, for a look that begins now. */
  provenBefore(nowMs: number): readonly Change[] {
    return this.#held.filter(({ sinceMs }) => nowMs - sinceMs >= SECOND_LOOK_MS).map(({ change }) => change);
  }

  /**
   * A pass that ended then has held these.
   * @returns when a second look may release some of them; null where none waits for one
   */
  passed({ held }: Pick<Plan, 'held'>, { coverage }: Pick<Snapshot, 'coverage'>, endedMs: number): number | null {
    const sinceOf = (change: Change) =>
      this.#held.find((it) => it.change.name === change.name && isSameDeath(it.change, change))?.sinceMs ?? endedMs;
    this.#held = coverage.complete ? held.map((change) => ({ change, sinceMs: sinceOf(change) })) : [];
    const times = this.#held.map(({ sinceMs }) => sinceMs + SECOND_LOOK_MS).filter((ms) => ms > endedMs);
    return times.length === 0 ? null : Math.min(...times);
  }
}
