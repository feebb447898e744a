import { PlumblineError } from '../model/errors.ts';

/** How long events are kept where nobody says otherwise. */
const HISTORY_DAYS = 90;

/**
 * How many days events are kept: what was asked for, else 90.
 * @throws {PlumblineError} `usage` for what would take all of the history away
 */
export function historyDaysOf(asked: number | null | undefined): number {
  const days = asked ?? HISTORY_DAYS;
  if (Number.isSafeInteger(days) && days >= 1) return days;
  throw new PlumblineError('usage', `historyDays: ${days} is no whole number of at least 1`, {
    hint: `leave it out for ${HISTORY_DAYS} days`,
  });
}
