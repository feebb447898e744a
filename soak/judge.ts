import { boundMs, heldBoundMs, heldUntilMs, isHeld, MISSED_MS, OLD_PANE_MS, SLACK_MS } from './bounds.ts';
import { type Pass, passesAround } from './passes.ts';
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
  /** Those of its watcher, in order. */
  readonly passes: readonly Pass[];
  /** Since when nobody has kept its rows; null while somebody does. */
  readonly watcherDownSinceMs: number | null;
}

/**
 * What a row was: `unnamed pane` is right but for a pane that it does not tell yet; `older pane` that it tells where the
 * process was before, which its multiplexer had not told otherwise; `ambiguous` that it says so while one process
 * took the place of another, and both were there.
 */
export type Judgement =
  | 'right'
  | 'unnamed pane'
  | 'older pane'
  | 'ambiguous'
  | 'unknown'
  | 'held'
  | 'changing'
  | 'wrong';

/** What has to be known of a pane that is told otherwise. */
interface PaneQuestion {
  readonly host: string;
  readonly last: Pass;
  readonly timeline: Timeline;
  readonly askedMs: number;
  readonly boundMs: number;
}

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
  const { rows, host, askedMs, answeredMs, passes } = reading;
  const { last, next } = passesAround(passes, askedMs);
  const bound = boundMs(last, next);
  const freshness = [...rows.values()][0]?.freshness ?? 'none';
  // What is a snapshot was right when its watcher looked last, and says no more.
  const sinceMs = freshness === 'snapshot' ? (last?.fromMs ?? 0) - bound : Math.max(last?.fromMs ?? 0, askedMs - bound);
  const alive = [...rows.values()].filter(({ status }) => status === 'alive').length;
  const died = names.filter((name) => timeline.endedDuring(host, name, lookedBeforeMs(passes, askedMs), askedMs));
  const mayHold = isHeld(died.length, alive);
  const judgedNames = names.map((name) => {
    const row = rows.get(name) ?? null;
    const { states, isChanging } = timeline.during(host, name, sinceMs - SLACK_MS, answeredMs);
    const judged = (judgement: Judgement, why: string | null = null): Judged => {
      return { name, judgement, why, states, boundMs: bound };
    };
    const untold = whyUntold(reading, freshness, { row, last });
    if (untold !== null) return untold === 'unknown' ? judged('unknown') : judged('wrong', untold);
    const fits = states.map(({ living }) => differenceOf(row, living));
    if (fits.includes(null)) return judged('right');
    if (isChanging) return judged('changing');
    if (row?.status === 'ambiguous' && isReplacement(states)) return judged('ambiguous');
    if (row !== null && last !== null && isOlderPane(row, states, { host, last, timeline, askedMs, boundMs: bound }))
      return judged(row.pane === null ? 'unnamed pane' : 'older pane');
    if (mayHold && row?.status === 'alive' && isStillHeld(reading, states[0])) return judged('held');
    return judged('wrong', fits.at(-1) ?? 'nothing is known of it');
  });
  const strangers = [...rows.keys()].filter((name) => !names.includes(name));
  const nobodys = { judgement: 'wrong', why: 'a row of a name that nobody has', states: [], boundMs: bound } as const;
  return [...judgedNames, ...strangers.map((name) => ({ name, ...nobodys }))];
}

/** Whether one process took the place of another: for a moment both may have been there. */
export function isReplacement(states: readonly State[]): boolean {
  return new Set(states.map(({ living }) => living?.startTimeTicks ?? null)).size > 2;
}

/**
 * Whether all is right but that it tells where its pane was before, or no pane: the process ended while the look asked for
 * the pane, or the multiplexer may not have answered yet since it was moved, or since the session started.
 */
function isOlderPane(row: LiveRow, states: readonly State[], at: PaneQuestion): boolean {
  const its = states.find(({ living, fromMs }) => {
    const isSame = living?.pid === row.pid && living?.startTimeTicks === row.startTimeTicks;
    return isSame && living?.terminal === row.terminal && fromMs <= at.last.toMs;
  });
  if (!its || row.status !== 'alive') return false;
  const isEnding = states.some(
    ({ living, fromMs }) => living?.startTimeTicks !== row.startTimeTicks && fromMs <= at.last.toMs,
  );
  if (!isEnding && at.askedMs - its.settledMs > OLD_PANE_MS + at.boundMs) return false;
  if (row.pane === null) return true;
  const before = at.timeline.during(at.host, row.name, Number.NEGATIVE_INFINITY, at.last.toMs).states;
  return before.some(({ living }) => differenceOf(row, living) === null);
}

/** Where nobody keeps the rows: that what is told is `unknown`, or what is wrong with it; null where somebody does. */
function whyUntold(
  { askedMs, watcherDownSinceMs }: Reading,
  freshness: string,
  { row, last }: { readonly row: LiveRow | null; readonly last: Pass | null },
): 'unknown' | string | null {
  if (freshness === 'gone' && row !== null && row.status !== 'unknown') return 'known, and nobody keeps it';
  // Before its first look a host has no rows; later they cannot be missing all at once.
  if (freshness === 'gone' || (freshness === 'none' && last === null)) return 'unknown';
  if (freshness === 'none') return null;
  const lateMs = watcherDownSinceMs === null ? 0 : askedMs - watcherDownSinceMs;
  if (freshness !== 'connected' || lateMs <= MISSED_MS) return null;
  return `connected, and its watcher was killed ${Math.round(lateMs)} ms before`;
}

/**
 * When the look began before the first one whose deaths the last one may have found unwritten: those that it writes count as
 * well for holding the others back. Terminals that come and go wake a watch, so that there may be any number of looks.
 */
function lookedBeforeMs(passes: readonly Pass[], askedMs: number): number {
  const before = passes[passes.findLastIndex(({ toMs }) => toMs < askedMs) - 1];
  const index = before === undefined ? -1 : passes.findIndex((pass) => mayStillHold(pass, before));
  return passes[index - 1]?.fromMs ?? Number.NEGATIVE_INFINITY;
}

/** Whether what the first of these looks has seen need not be written by the last one. */
function mayStillHold(first: Pass, last: Pass): boolean {
  return last.fromMs < heldUntilMs(first) + SLACK_MS;
}

/** Of one of many deaths, whether its name runs again or not: no look that may write it has ended yet, and the next one is not late. */
function isStillHeld({ passes, askedMs }: Reading, state: State | undefined): boolean {
  if (!state || state.living !== null) return false;
  const { last, next } = passesAround(passes, askedMs);
  const first = passes.find(({ fromMs }) => fromMs >= state.settledMs);
  if (!first || !last) return false;
  return mayStillHold(first, last) && askedMs <= last.fromMs + heldBoundMs(last, next);
}

/** In what a row differs from what is so; null: it does not. */
export function differenceOf(row: LiveRow | null, living: Living | null): string | null {
  if (living === null) return row === null || row.status === 'dead' ? null : `${row.status}, and it does not run`;
  if (row === null) return 'no row, and it runs';
  if (row.status !== 'alive') return `${row.status}, and it runs`;
  if (row.pid !== living.pid || row.startTimeTicks !== living.startTimeTicks)
    return `${row.pid}, and ${living.pid} runs`;
  if (row.terminal !== living.terminal) return `on ${row.terminal}, and it runs on ${living.terminal}`;
  if (row.pane === living.pane) return null;
  return `in ${row.pane ?? 'no pane'}, and it is in ${living.pane ?? 'none'}`;
}
