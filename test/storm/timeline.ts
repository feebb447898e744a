import { clockMs } from './clock.ts';

/**
 * What was done to a session while it was. `start`, `end`: it was started or ended. `stop`: it, or what holds its
 * terminal, was stopped. `behind`: another program came to the front. `obstacle`: its pane would not deliver.
 * `program`, `home`, `pane`, `terminal`: it got another one, or lost it. `line_mode`: its terminal handed over lines.
 * `moved`: its pane went elsewhere, which is no reason for anything.
 */
export type Trouble =
  | 'start'
  | 'end'
  | 'stop'
  | 'behind'
  | 'obstacle'
  | 'program'
  | 'home'
  | 'pane'
  | 'terminal'
  | 'line_mode'
  | 'moved';

interface Interval {
  readonly trouble: Trouble;
  readonly fromMs: number;
  toMs: number;
}

/** What was done to whom, and when: from before it began until after it was seen to be over. */
export class Timeline {
  readonly #bySession = new Map<string, Interval[]>();

  /** Begins; call what is returned when it is over. */
  begin(session: string, trouble: Trouble): () => void {
    const interval: Interval = { trouble, fromMs: clockMs(), toMs: Number.POSITIVE_INFINITY };
    const intervals = this.#bySession.get(session);
    if (intervals) intervals.push(interval);
    else this.#bySession.set(session, [interval]);
    return () => {
      interval.toMs = Math.min(interval.toMs, clockMs());
    };
  }

  /** Begins several at once, and ends them at once. */
  beginAll(session: string, troubles: readonly Trouble[]): () => void {
    const ends = troubles.map((trouble) => this.begin(session, trouble));
    return () => {
      for (const end of ends) end();
    };
  }

  /** All that was going on at some time between the two. */
  during(session: string, fromMs: number, toMs: number): ReadonlySet<Trouble> {
    const intervals = this.#bySession.get(session) ?? [];
    return new Set(intervals.filter((it) => it.fromMs <= toMs && it.toMs >= fromMs).map(({ trouble }) => trouble));
  }

  /** The same, with when it was. */
  tell(session: string, fromMs: number, toMs: number): string[] {
    const intervals = (this.#bySession.get(session) ?? []).filter((it) => it.fromMs <= toMs && it.toMs >= fromMs);
    return intervals.map((it) => `${it.trouble} ${it.fromMs.toFixed(1)}…${it.toMs.toFixed(1)}`);
  }
}
