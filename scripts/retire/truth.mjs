/**
 * What is so of each agent, by who has started and ended it: never by plumbline. A state holds from the moment that the
 * change to it began until the change away from it was over; in between two states are true, and so is dead.
 */
export class Truth {
  #states = new Map();
  #changing = new Map();

  get names() {
    return [...this.#states.keys()].sort();
  }

  /** What is so of an agent now: `{ pid, pane }`, or null where it is dead. */
  now(name) {
    return this.#states.get(name)?.at(-1)?.is ?? null;
  }

  /** Somebody begins to start, end or restart it. */
  begins(name, nowMs) {
    if (!this.#states.has(name)) this.#states.set(name, [{ is: null, fromMs: 0, toMs: Number.POSITIVE_INFINITY }]);
    this.#changing.set(name, nowMs);
  }

  /**
   * That is done, and it is so.
   * @param is `{ pid, pane }`, or null where it is dead
   * @param isMass whether it is one of many that have died at once
   */
  ends(name, is, nowMs, isMass = false) {
    const fromMs = this.#changing.get(name);
    const states = this.#states.get(name);
    Object.assign(states.at(-1), { toMs: nowMs, isMass });
    states.push({ is: null, fromMs, toMs: is === null ? Number.POSITIVE_INFINITY : nowMs, isMass });
    if (is !== null) states.push({ is, fromMs, toMs: Number.POSITIVE_INFINITY, isMass: false });
    this.#changing.delete(name);
  }

  /** The states that an answer of this time may rightly tell, with how long ago each was over (0: it was so). */
  during(name, askedMs, answeredMs) {
    return (this.#states.get(name) ?? []).flatMap((state) => {
      if (state.fromMs > answeredMs) return [];
      return [{ is: state.is, agoMs: Math.max(0, askedMs - state.toMs), isMass: state.isMass ?? false }];
    });
  }
}
