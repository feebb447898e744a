import { PlumblineError } from '../model/errors.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST_MS = 24 * 3_600_000;

/** Reads `500ms`, `1.5s`, `2m` or `1h`. @throws {PlumblineError} `usage` for anything else, for 0, and beyond a day */
export function parseDuration(text: string, option: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? 0);
  if (ms >= 1 && ms <= LONGEST_MS) return ms;
  throw new PlumblineError('usage', `${option}: ${text} is no duration`, {
    hint: 'a number and its unit, of 1ms up to 24h: 500ms, 5s, 2m',
  });
}
