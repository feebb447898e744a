import { parseArgs } from 'node:util';

/** What was asked on the command line. */
export interface BetOptions {
  readonly seeds: readonly number[];
  readonly sessions: number;
  readonly seconds: number;
  /** Whether the tables and plots of the documentation are written anew. */
  readonly docs: boolean;
  /** Where all that was measured is put, one JSON file a seed; null: nowhere. */
  readonly out: string | null;
  readonly help: boolean;
}

/** How it is called. */
export const USAGE = `npm run bet -- [options]
  --seeds N,N,…    one run each                                   (1,2,3,4,5)
  --sessions N     how many sessions there are, 4 to 60           (24)
  --minutes N      how long a run is, 0.5 to 60                   (7)
  --docs           write the tables and plots of docs/the-bet.md
  --out DIR        keep each run's results, mishaps and truth as JSON`;

/** Reads the options. @throws {TypeError} that names the wrong one */
export function readOptions(args: readonly string[]): BetOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1,2,3,4,5' },
      sessions: { type: 'string', default: '24' },
      minutes: { type: 'string', default: '7' },
      docs: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const seeds = values.seeds.split(',').map((text) => count(text, '--seeds', 0, 2 ** 31));
  if (new Set(seeds).size < seeds.length) throw new TypeError(`--seeds: '${values.seeds}' names one twice`);
  return {
    seeds,
    sessions: count(values.sessions, '--sessions', 4, 60),
    seconds: minutes(values.minutes) * 60,
    docs: values.docs,
    out: values.out ?? null,
    help: values.help,
  };
}

function minutes(text: string): number {
  const number = /^\d{1,2}(?:\.\d)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0.5 && number <= 60) return number;
  throw new TypeError(`--minutes: expected 0.5 to 60, with at most one decimal, got '${text}'`);
}

function count(text: string, option: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new TypeError(`${option}: expected a whole number from ${least} to ${most}, got '${text}'`);
}
