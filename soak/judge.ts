import { boundMs, heldBoundMs, isHeld, MISSED_MS, SLACK_MS } from './bounds.ts';
import type { Pass } from './passes.ts';
import type { Living, State, Timeline } from './timeline.ts';

/** A row of plumbline.live_sessions, as it was read. */
export interface LiveRow {
  readonly name: string;
  readonly status: string;
  readonly freshness: string;
  readonly pid: number | null;
  readonly startTimeTicks: string | null;
  readonly terminal: string | null;
  readonly pane: string | null;
  readonly observedAt: string;
  readonly storedStatus: string;
}

/** All rows of one host at one moment, and what belongs to it. */
export interface Reading {
  readonly host: string;
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly rows: ReadonlyMap<string, LiveRow>;
  readonly last: Pass | null;
  readonly next: Pass | null;
  /** Since when nobody has kept its rows; null while somebody does. */
  readonly watcherDownSinceMs: number | null;
}

/** What a row was: `unnamed pane` is right but for a pane that it does not tell. */
export type Judgement = 'right' | 'unnamed pane' | 'unknown' | 'held' | 'changing' | 'wrong';

/** One row that was compared. */
export interface Judged {
  readonly name: string;
  readonly judgement: Judgement;
  /** Of a wrong one: in what, and by how much it was late. */
  readonly why: string | null;
  readonly states: readonly State[];
  readonly boundMs: number;
}

/** Compares every row of a reading, and every name that has none, with what was so. */
export function judgeReading(reading: Reading, names: readonly string[], timeline: Timeline): Judged[] {
  const { rows, host, askedMs, answeredMs, last, next } = reading;
  const bound = boundMs(last, next);
  const freshness = [...rows.values()][0]?.freshness ?? 'none';
  // What is a snapshot was right when its watcher looked last, and says no more.
  const sinceMs = freshness === 'snapshot' ? (last?.fromMs ?? 0) - bound : Math.max(last?.fromMs ?? 0, askedMs - bound);
  const wrongDeaths = names.filter((name) => {
    const { states } = timeline.during(host, name, sinceMs - SLACK_MS, answeredMs);
    return rows.get(name)?.status === 'alive' && states.every(({ living }) => living === null);
  });
  const alive = [...rows.values()].filter(({ status }) => status === 'alive').length;
  const heldSinceMs = isHeld(wrongDeaths.length, alive) ? askedMs - heldBoundMs(bound) : null;
  return names.map((name) => {
    const row = rows.get(name) ?? null;
    const { states, isChanging } = timeline.during(host, name, sinceMs - SLACK_MS, answeredMs);
    const judged = (judgement: Judgement, why: string | null = null) => ({
      name,
      judgement,
      why,
      states,
      boundMs: bound,
    });
    if (freshness === 'gone' && row !== null && row.status !== 'unknown')
      return judged('wrong', 'known, and nobody keeps it');
    if (freshness === 'none' || freshness === 'gone' || row?.status === 'unknown') return judged('unknown');
    const { watcherDownSinceMs } = reading;
    if (freshness === 'connected' && watcherDownSinceMs !== null && askedMs - watcherDownSinceMs > MISSED_MS) {
      return judged(
        'wrong',
        `connected, and its watcher was killed ${Math.round(askedMs - watcherDownSinceMs)} ms before`,
      );
    }
    const fits = states.map(({ living }) => differenceOf(row, living));
    if (fits.includes(null)) return judged('right');
    if (isChanging) return judged('changing');
    if (fits.includes(NO_PANE)) return judged('unnamed pane');
    if (heldSinceMs !== null && wrongDeaths.includes(name)) {
      const before = timeline.during(host, name, heldSinceMs, answeredMs).states;
      if (before.some(({ living }) => differenceOf(row, living) === null)) return judged('held');
    }
    return judged('wrong', fits.at(-1) ?? 'nothing is known of it');
  });
}

const NO_PANE = 'no pane';

/** In what a row differs from what is so; null: it does not. */
export function differenceOf(row: LiveRow | null, living: Living | null): string | null {
  if (living === null) return row === null || row.status === 'dead' ? null : `${row.status}, and it does not run`;
  if (row === null) return 'no row, and it runs';
  if (row.status !== 'alive') return `${row.status}, and it runs`;
  if (row.pid !== living.pid || row.startTimeTicks !== living.startTimeTicks)
    return `${row.pid}, and ${living.pid} runs`;
  if (row.terminal !== living.terminal) return `on ${row.terminal}, and it runs on ${living.terminal}`;
  if (row.pane === living.pane) return null;
  return row.pane === null ? NO_PANE : `in ${row.pane}, and it is in ${living.pane}`;
}
