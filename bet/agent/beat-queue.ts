import type { Beat } from './talk.ts';

/**
 * One beat after the other, so that what each costs can be told: the CPU time of this process from its beginning to its
 * end, in which nothing else is done here. While there is other work, what a beat costs is not told.
 */
export class BeatQueue {
  readonly #isBusy: () => boolean;
  readonly #done: (beat: Beat, cpuMs: number | null) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly isBusy: () => boolean;
    readonly done: (beat: Beat, cpuMs: number | null) => void;
  }) {
    this.#isBusy = options.isBusy;
    this.#done = options.done;
  }

  /** Does it when all before it is done; rejects as the work does. */
  add(beat: Beat, work: () => Promise<void> | void): Promise<void> {
    const turn = this.#last.then(() => this.#measure(beat, work));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #measure(beat: Beat, work: () => Promise<void> | void): Promise<void> {
    const wasBusy = this.#isBusy();
    const before = process.cpuUsage();
    try {
      await work();
    } finally {
      // What fails has cost as well.
      const { user, system } = process.cpuUsage(before);
      this.#done(beat, wasBusy || this.#isBusy() ? null : (user + system) / 1000);
    }
  }
}
