import type { Milliseconds, Mishap, RunResult, WrongStretch } from '../model.ts';

/** Why a row of plumbline's was wrong for a while, as far as the times tell. */
export interface Cause {
  readonly text: string;
  /** Told by times that fit and no more; or not at all: then somebody has to look. */
  readonly explained: boolean;
}

/** A watch looks at least once a second; it writes, and the reader reads, a little later. */
const WATCH_LAG_MS = 2000;
/** What many deaths at once need: looks of at least two seconds, each at the interval. */
const HELD_MS = 3000;
/** How long a watch waits at most until it tries the database again, and its first pass after that. */
const RECONNECT_MS = 32_000;
/** A process that starts or ends is neither there nor gone for some milliseconds. */
const CHANGING_MS = 250;

const CAUSES = {
  outage:
    'a database outage: the rows stay as they were until the watch is connected again (it tries at least every 30 s)',
  brake:
    'most of the fleet died at once: the watch writes such deaths when looks of at least two seconds have proven them',
  interval:
    'the watch’s interval: it happened since the last look (at least one a second), and the next one put it right',
  slow: 'a look took long in this run, as those of observe() did beside it: of two looks one begins after it happened, and both take their time',
  mixed: 'it changed while the reading ran: the row has a part of what was and a part of what came',
  ending: 'it was ending: the harness had its end, by a socket that was closed, and the kernel still had the process',
  starting: 'it was starting: the kernel had the process, but not yet under its name, or in its home',
  changing: 'it was being replaced, or losing its terminal, in these milliseconds',
  unexplained: 'NOT EXPLAINED by its times',
} as const;

/** The cause of one wrong stretch of one of plumbline's systems. */
export function causeOf(system: string, stretch: WrongStretch, run: RunResult): Cause {
  const key = system === 'plumb sync --watch' ? watchCause(stretch, run) : lookCause(stretch);
  return { text: CAUSES[key], explained: key !== 'unexplained' };
}

function watchCause(stretch: WrongStretch, { mishaps, systems }: RunResult): keyof typeof CAUSES {
  const lag = stretch.to - stretch.truth.since;
  if (lag <= WATCH_LAG_MS) return 'interval';
  if (mishaps.some((mishap) => mishap.kind === 'database-outage' && overlaps(mishap, stretch))) return 'outage';
  const held = stretch.after?.kind === 'server-killed' && stretch.wrong === 'dead called alive';
  if (held && lag <= WATCH_LAG_MS + HELD_MS) return 'brake';
  // What a look took at worst on this machine at this time is known from the one that looks at each reading.
  const lookMs = systems.find(({ system }) => system === 'observe()')?.readingMs.p99 ?? 0;
  return lag <= WATCH_LAG_MS + (held ? HELD_MS : 0) + 2 * lookMs ? 'slow' : 'unexplained';
}

/** What looks at each reading can only be wrong about what changed just then. */
function lookCause({ wrong, asked, from, to, truth }: WrongStretch): keyof typeof CAUSES {
  if (to - from > CHANGING_MS) return 'unexplained';
  if (truth.since > asked) return 'mixed';
  if (asked - truth.since > CHANGING_MS) return 'unexplained';
  if (wrong === 'dead called alive') return 'ending';
  return wrong === 'alive called dead' ? 'starting' : 'changing';
}

function overlaps({ at, lasts }: Mishap & { kind: 'database-outage' }, { from, to }: WrongStretch): boolean {
  const end: Milliseconds = at + lasts + RECONNECT_MS;
  return from <= end && to >= at;
}
