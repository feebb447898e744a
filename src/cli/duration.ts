import { PlumblineError } from '../model/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** From when to when a duration makes sense. */
export interface DurationLimits {
  readonly leastMs: number;
  readonly mostMs: number;
  /** As people write them, for the error: `1ms up to 24h`. */
  readonly words: string;
}

/**
 * Reads how long somebody means: `500ms`, `1.5s`, `30m`, `2h`, `7d`, `4w`, in milliseconds.
 * @param flag where it was typed, for the error
 * @throws {PlumblineError} `usage`
 */
export function parseDuration(text: string, flag: string, { leastMs, mostMs, words }: DurationLimits): number {
  const [, count = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|[smhdw])$/.exec(text) ?? [];
  const ms = unit === '' ? Number.NaN : Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (ms >= leastMs && ms <= mostMs) return ms;
  throw new PlumblineError('usage', `${flag}: ${text} is no duration of ${words}`, {
    hint: 'a number and its unit: 500ms, 90s, 30m, 2h, 7d or 4w',
  });
}
