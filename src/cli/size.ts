import { PlumblineError } from '../model/errors.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** From how many bytes to how many a size makes sense. */
export interface SizeLimits {
  readonly least: number;
  readonly most: number;
  /** As people write them, for the error: `1kB up to 1GB`. */
  readonly words: string;
}

/**
 * Reads how much somebody means, as Postgres's settings have it: `500kB`, `64MB`, `1GB`, in bytes.
 * @param flag where it was typed, for the error
 * @throws {PlumblineError} `usage`
 */
export function parseSize(text: string, flag: string, { least, most, words }: SizeLimits): number {
  const [, count = '', unit] = /^(\d{1,9})([kMG]?)B$/.exec(text) ?? [];
  const bytes = unit === undefined ? Number.NaN : Number(count) * (UNITS[unit] ?? Number.NaN);
  if (bytes >= least && bytes <= most) return bytes;
  throw new PlumblineError('usage', `${flag}: ${text} is no size of ${words}`, {
    hint: 'a number and its unit: 500kB, 64MB or 1GB',
  });
}
