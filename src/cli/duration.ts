import { PlumblineError } from '../model/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A time before the calendar is none. */
const MOST_MS = 36_500 * 86_400_000;

/**
 * Reads how long somebody means: `90s`, `30m`, `2h`, `7d`, `4w`, in milliseconds.
 * @param flag where it was typed, for the error
 * @throws {PlumblineError} `usage`
 */
export function parseDuration(text: string, flag: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d*)([smhdw])$/.exec(text) ?? [];
  const hint = 'a whole number and its unit: 90s, 30m, 2h, 7d or 4w';
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (Number.isNaN(ms) || unit === '') throw new PlumblineError('usage', `${flag}: ${text} is no duration`, { hint });
  if (ms > MOST_MS) throw new PlumblineError('usage', `${flag}: ${text} is more than a hundred years`, { hint });
  return ms;
}
