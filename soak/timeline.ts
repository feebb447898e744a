/** A session as it lives, as it says itself: its row should say the same. */
export interface Living {
  readonly pid: number;
  /** Field 22 of its stat. */
  readonly startTimeTicks: string;
  /** `pts/3`; null once that is gone. */
  readonly terminal: string | null;
  /** `s001:0.0 %7`, as rows have it; null where no multiplexer shows it. */
  readonly pane: string | null;
}

/** What was so of one session on one host; while a change is under way the old and the new are. */
export interface State {
  readonly fromMs: number;
  /** From when on nothing else was. */
  readonly settledMs: number;
  toMs: number;
  /** Null: it does not run there. */
  readonly living: Living | null;
}

/** Something that is being done to a session. */
export interface Change {
  /** It is over, and this is so now; for a moment each of the others was. */
  readonly done: (living: Living | null, ...between: readonly (Living | null)[]) => void;
}

/** What was so between two moments, and whether anything was under way whose end is not known yet. */
export interface Meanwhile {
  readonly states: readonly State[];
  readonly isChanging: boolean;
}

/**
 * What was so of every session on every host, and when: known from those that did it and saw it done. A change lasts from
 * before it was ordered until it was seen.
 */
export class Timeline {
  readonly #nowMs: () => number;
  readonly #states = new Map<string, State[]>();
  readonly #changes = new Map<string, Set<number>>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Something begins to happen to it. */
  begin(host: string, name: string): Change {
    const key = `${host} ${name}`;
    const fromMs = this.#nowMs();
    const open = this.#changes.get(key) ?? new Set();
    this.#changes.set(key, open.add(fromMs));
    const done = (living: Living | null, ...between: readonly (Living | null)[]) => {
      const states = this.#statesOf(key);
      const toMs = this.#nowMs();
      const before = states.at(-1);
      if (before) before.toMs = toMs;
      for (const it of between) states.push({ fromMs, settledMs: toMs, toMs, living: it });
      states.push({ fromMs, settledMs: toMs, toMs: Number.POSITIVE_INFINITY, living });
      open.delete(fromMs);
    };
    return { done };
  }

  /** All that was so at some time between the two. */
  during(host: string, name: string, fromMs: number, toMs: number): Meanwhile {
    const key = `${host} ${name}`;
    const states = this.#statesOf(key).filter((it) => it.fromMs <= toMs && it.toMs >= fromMs);
    const isChanging = [...(this.#changes.get(key) ?? [])].some((begunMs) => begunMs <= toMs);
    return { states, isChanging };
  }

  /** Whether it ended there at some time between the two. */
  endedDuring(host: string, name: string, fromMs: number, toMs: number): boolean {
    const { states } = this.during(host, name, fromMs, toMs);
    return states.some(({ living, settledMs }) => living === null && settledMs >= fromMs && Number.isFinite(settledMs));
  }

  /** Forgets what was over before. */
  forget(beforeMs: number): void {
    for (const [key, states] of this.#states) {
      this.#states.set(
        key,
        states.filter(({ toMs }) => toMs >= beforeMs),
      );
    }
  }

  #statesOf(key: string): State[] {
    const found = this.#states.get(key);
    if (found) return found;
    // Before anything happened nothing ran.
    const [settledMs, toMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const first: State[] = [{ fromMs: settledMs, settledMs, toMs, living: null }];
    this.#states.set(key, first);
    return first;
  }
}
