import type { Pass } from './passes.ts';

/** docs/watching.md: at least once an interval, unless looks are dear. */
const INTERVAL_MS = 1000;
/** There as well: from one start to the next at most so many times as long as the last look took. */
const LOOKS_APART = 20;
/** There as well: how long deaths are held at least where most of a fleet seems to die at once. */
const BRAKE_MS = 2000;
/**
 * There as well: a multiplexer that does not answer in a second is asked again after 4 s, 8 s, 16 s. None of these hangs;
 * on a busy machine one may be late three times.
 */
export const OLD_PANE_MS = 31_000;
/** There as well: the waits between two tries are so long at first. */
const FIRST_TRY_MS = 500;

/** What is left to the machine: a timer that fires late, and a process that has closed its files and is not dead yet. */
export const SLACK_MS = 250;
/** How long the server may take to see that a watcher has been killed. */
export const MISSED_MS = 1000;
/** How long a watcher may take to start, and to see everything for the first time. */
const FIRST_PASS_MS = 5000;

/**
 * How old what a row says can be, by the two passes around the moment of reading: the next one begins an interval after
 * the last one began, or as much later as its look was dear, or when it was over; and its rows are there at its end.
 */
export function boundMs(last: Pass | null, next: Pass | null): number {
  const [before, after] = [last ?? next, next ?? last];
  if (before === null || after === null) return INTERVAL_MS + SLACK_MS;
  return Math.max(INTERVAL_MS, LOOKS_APART * before.lookMs, lastedMs(before)) + lastedMs(after) + SLACK_MS;
}

function lastedMs({ fromMs, toMs }: Pass): number {
  return toMs - fromMs;
}

/**
 * When the last look may be that has not written a death which was held: two seconds after the end of the first one that
 * has seen it.
 */
export function heldUntilMs(first: Pass): number {
  return first.toMs + BRAKE_MS;
}

/** How old the last look's rows can be while deaths are held: the next one may wait until the two seconds are over. */
export function heldBoundMs(last: Pass | null, next: Pass | null): number {
  return boundMs(last, next) + BRAKE_MS;
}

/** How many deaths at once are held. @param alive how many rows say that their session lives */
export function isHeld(deaths: number, alive: number): boolean {
  return deaths > Math.max(3, alive / 2);
}

/**
 * How long a host may be unknown after its watcher and the database are both there again. Each wait is at most twice as
 * long as the one before it and at least half of that, so the one that runs when the server comes back is no longer than
 * twice the time that it was away, and the first.
 */
export function returnBoundMs(databaseAwayMs: number): number {
  return 2 * databaseAwayMs + FIRST_TRY_MS + FIRST_PASS_MS;
}
