import { seesOwnNamespace } from '../model/coverage.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { SECOND_LOOK_MS } from '../sync.ts';

/** What a pass has left held. */
export interface StillHeld {
  /** When a second look may release some of it; null where nothing waits for one. */
  readonly secondLookMs: number | null;
  /** Some of it has had its second look, or this one saw too little to be a first: the rows are wrong of it. */
  readonly isStuck: boolean;
}

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
   * A pass has held these.
   * @param look when it began and ended: what began too early is no second look, however late it ended
   */
  passed(
    { held }: { readonly held: readonly Death[] },
    { coverage }: Pick<Snapshot, 'coverage'>,
    look: { readonly startedMs: number; readonly endedMs: number },
  ): StillHeld {
    const sinceOf = (death: Death) => this.#held.find((it) => this.#isSame(it.death, death))?.sinceMs ?? look.endedMs;
    this.#held = seesOwnNamespace(coverage) ? held.map((death) => ({ death, sinceMs: sinceOf(death) })) : [];
    const times = this.#held.map(({ sinceMs }) => sinceMs + SECOND_LOOK_MS).filter((ms) => ms > look.startedMs);
    return { secondLookMs: times.length === 0 ? null : Math.min(...times), isStuck: times.length < held.length };
  }
}
