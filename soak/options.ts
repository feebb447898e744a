import { parseArgs } from 'node:util';

/** How long a soak is, and which. */
export interface SoakOptions {
  readonly seconds: number;
  readonly sessions: number;
  readonly seed: number;
  /** Where its numbers and every wrong answer go, as JSON. */
  readonly out: string | null;
  /** Whether the result is written into the documentation. */
  readonly docs: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run soak -- [options]
  --minutes M    how long                                                (30)
  --hours H      the same in hours
  --sessions N   how many sessions, on two hosts                         (200)
  --seed S       which mishaps, in which order                           (1)
  --out DIR      write the result, all samples and every wrong answer there
  --docs         write the result into docs/performance.md`;

/** Reads the options. @throws {TypeError} that names the wrong one */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      hours: { type: 'string' },
      sessions: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { minutes, hours } = values;
  if (minutes !== undefined && hours !== undefined) throw new TypeError('--minutes and --hours: one of the two');
  const seconds = hours === undefined ? amount(minutes ?? '30', '--minutes') * 60 : amount(hours, '--hours') * 3600;
  if (seconds < 30) throw new TypeError('--minutes: half a minute at least, or not every mishap has room');
  const sessions = amount(values.sessions, '--sessions');
  if (!Number.isInteger(sessions) || sessions < 10) throw new TypeError('--sessions: a whole number, 10 at least');
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0) throw new TypeError(`--seed: expected a whole number, got '${values.seed}'`);
  return { seconds, sessions, seed, out: values.out ?? null, docs: values.docs, help: values.help };
}

function amount(text: string, option: string): number {
  if (!/^\d{1,5}(\.\d+)?$/.test(text) || Number(text) === 0) {
    throw new TypeError(`${option}: expected a number above 0, got '${text}'`);
  }
  return Number(text);
}
