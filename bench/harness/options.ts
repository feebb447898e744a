import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
export const PARTS = [
  'start',
  'nudge',
  'sync',
  'parser',
  'sizes',
  'processes',
  'panes',
  'registry',
  'heartbeat',
  'fleet',
  'wait',
  'locks',
  'mounts',
  'connections',
  'routes',
  'sql',
  'bpf',
] as const;

/** One of them. */
export type Part = (typeof PARTS)[number];

/** What to measure, as asked on the command line. */
export interface Options {
  /** How many processes to make, in turn. */
  readonly sizes: readonly number[];
  /** How many of them are sessions. */
  readonly sessionsOf: (processes: number) => number;
  readonly rounds: number;
  /** Which parts to run; all of them where none is named. */
  readonly only: readonly Part[];
  /** Where to write the same tables as Markdown. */
  readonly markdown: string | null;
  /** Only compare the system calls of the scan with those of the floor. */
  readonly calls: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run bench -- [options]
  --processes N,N,…   populations to make, smallest first   (100,300,1000,3000,10000)
  --sessions K|P%     how many of them are sessions         (10%)
  --rounds R          how often everything is run           (7)
  --only PART,…       of ${PARTS.join(', ')}   (all)
  --markdown FILE     write the tables to FILE as well
  --calls             count the system calls of the scan and of the floor, and stop`;

/** Reads the options; throws a TypeError that names the wrong one. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      processes: { type: 'string', default: '100,300,1000,3000,10000' },
      sessions: { type: 'string', default: '10%' },
      rounds: { type: 'string', default: '7' },
      only: { type: 'string', default: PARTS.join(',') },
      markdown: { type: 'string' },
      calls: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    sizes: values.processes.split(',').map((text) => count(text, '--processes')),
    sessionsOf: readShare(values.sessions),
    rounds: count(values.rounds, '--rounds'),
    only: values.only.split(',').map(readPart),
    markdown: values.markdown ?? null,
    calls: values.calls,
    help: values.help,
  };
}

function readPart(text: string): Part {
  const part = PARTS.find((it) => it === text);
  if (part === undefined) throw new TypeError(`--only: '${text}' is none of ${PARTS.join(', ')}`);
  return part;
}

function readShare(text: string): Options['sessionsOf'] {
  if (!text.endsWith('%')) {
    const sessions = count(text, '--sessions');
    return (processes) => Math.min(sessions, processes);
  }
  const share = count(text.slice(0, -1), '--sessions') / 100;
  return (processes) => Math.max(1, Math.round(processes * Math.min(share, 1)));
}

function count(text: string, option: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new TypeError(`${option}: expected a number above 0, got '${text}'`);
  return Number(text);
}
