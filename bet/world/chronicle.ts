import type { Milliseconds, Truth } from '../model.ts';

/** What is so, without since when. */
export type State = Truth extends infer Each ? (Each extends Truth ? Omit<Each, 'since'> : never) : never;

/** What is being done to a session. */
interface Change {
  readonly since: Milliseconds;
  /** What it may be on the way from what was to what comes. */
  readonly meanwhile: readonly State[];
}

interface Span {
  readonly truth: Truth;
  /** Until when it may still have been so. */
  until: Milliseconds;
}

/**
 * What was so of each session, and when. Between the moment in which something is done to a session and that in which
 * it is seen to be done, both what was and what comes are so: nobody can tell which.
 */
export class Chronicle {
  readonly #spans = new Map<string, Span[]>();
  readonly #begun = new Map<string, Change>();

  constructor(sessions: readonly string[], at: Milliseconds) {
    for (const session of sessions) {
      this.#spans.set(session, [{ truth: { since: at, status: 'dead' }, until: Number.POSITIVE_INFINITY }]);
    }
  }

  /**
   * From now on something else may be so, and it will be said what.
   * @param meanwhile what it may be until then: without its terminal, and not dead yet; or dead, and not there again
   */
  begin(session: string, since: Milliseconds, meanwhile: readonly State[] = []): void {
    if (!this.#begun.has(session)) this.#begun.set(session, { since, meanwhile });
  }

  /** It is so now, and may have been since that was begun. */
  settle(session: string, state: State, at: Milliseconds): void {
    const { since, meanwhile } = this.#begun.get(session) ?? { since: at, meanwhile: [] };
    this.#begun.delete(session);
    const spans = this.#of(session);
    (spans.at(-1) as Span).until = at;
    for (const between of meanwhile) spans.push({ truth: { ...between, since } as Truth, until: at });
    spans.push({ truth: { ...state, since } as Truth, until: Number.POSITIVE_INFINITY });
  }

  /** Nothing has come of it. */
  leave(session: string): void {
    this.#begun.delete(session);
  }

  /** Whether all is said of the time until then. */
  isSettled(until: Milliseconds): boolean {
    return [...this.#begun.values()].every(({ since }) => since > until);
  }

  isOpen(session: string): boolean {
    return this.#begun.has(session);
  }

  now(session: string): Truth {
    return (this.#of(session).at(-1) as Span).truth;
  }

  during(session: string, from: Milliseconds, to: Milliseconds): readonly Truth[] {
    return this.#of(session)
      .filter(({ truth, until }) => truth.since <= to && until >= from)
      .map(({ truth }) => truth);
  }

  /** All of it, for whoever wants to check a result. */
  tell(): Record<string, readonly { readonly truth: Truth; readonly until: Milliseconds }[]> {
    return Object.fromEntries(this.#spans);
  }

  #of(session: string): Span[] {
    const spans = this.#spans.get(session);
    if (!spans) throw new Error(`no session is called ${session}`);
    return spans;
  }
}
