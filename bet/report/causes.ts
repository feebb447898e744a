import type { Milliseconds, Mishap, RunResult, WrongStretch } from '../model.ts';

/** Why a row of plumbline's was wrong for a while, as far as the times tell. */
export interface Cause {
  readonly text: string;
  /** Told by times that fit and no more; or not at all: then somebody has to look. */
  readonly explained: boolean;
}

/** A watch looks at least once a second, */
const INTERVAL_MS = 1000;
/** and a change is counted from when it was begun, the look takes its time, and so do the write and the reading. */
const WATCH_LAG_MS = 2000;
/** What many deaths at once need: looks of at least two seconds, each at the interval. */
const HELD_MS = 3000;
/** So many that die at once are never held. */
const NEVER_HELD = 3;
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
  slow: 'looks took long just then, as those of observe() did beside it: of two looks one begins after it happened, and both take their time',
  mixed: 'it changed while the reading ran, or just before: the row has a part of what was and a part of what came',
  ending: 'it was ending: the harness had its end, by a socket that was closed, and the kernel still had the process',
  starting: 'it was starting: the kernel had the process, but not yet under its name, or in its home',
  changing: 'it was being replaced, or losing its terminal, in these milliseconds: the row is what it was before',
  unexplained: 'NOT EXPLAINED by its times',
} as const;

/** The cause of one wrong stretch of one of plumbline's systems. What it said must have been so, and not long ago: an invention has none. */
export function causeOf(system: string, stretch: WrongStretch, run: RunResult): Cause {
  const key = system === 'plumb sync --watch' ? watchCause(stretch, run) : lookCause(stretch);
  return { text: CAUSES[key], explained: key !== 'unexplained' };
}

function watchCause(stretch: WrongStretch, run: RunResult): keyof typeof CAUSES {
  const { to, lastSo } = stretch;
  const was = lastSo.whole ?? lastSo.inParts;
  if (was === null) return 'unexplained';
  const lag = to - was;
  // What is held lasts longer than the interval, and may still be over before a late look would be.
  const isHeld = isOneOfMany(stretch, run);
  if (lag <= (isHeld ? INTERVAL_MS : WATCH_LAG_MS)) return 'interval';
  if (run.mishaps.some((mishap) => mishap.kind === 'database-outage' && keepsOld(mishap, was, to))) return 'outage';
  const held = isHeld ? HELD_MS : 0;
  if (isHeld && lag <= WATCH_LAG_MS + held) return 'brake';
  return lag <= WATCH_LAG_MS + held + 2 * slowestLook(run, was, to) ? 'slow' : 'unexplained';
}

/** It died with its server, as others did whose rows were wrong for that, more than the watch lets pass at once. */
function isOneOfMany({ after, wrong }: WrongStretch, { systems }: RunResult): boolean {
  if (after?.kind !== 'server-killed' || wrong !== 'dead called alive') return false;
  const all = systems.find(({ system }) => system === 'plumb sync --watch')?.stretches ?? [];
  return all.filter((it) => it.wrong === wrong && it.after?.at === after.at).length > NEVER_HELD;
}

/** It was so until then, or until shortly before it, and the watch may not have been connected since. */
function keepsOld({ at, lasts }: Mishap & { kind: 'database-outage' }, was: Milliseconds, to: Milliseconds): boolean {
  return was >= at - WATCH_LAG_MS && to <= at + lasts + RECONNECT_MS;
}

/** What a look took at worst in that time, as known from the one that looks at each reading. */
function slowestLook({ systems }: RunResult, from: Milliseconds, to: Milliseconds): Milliseconds {
  const looks = systems.find(({ system }) => system === 'observe()')?.readings ?? [];
  const beside = looks.filter(({ asked, answered }) => answered >= from && asked <= to);
  return Math.max(0, ...beside.map(({ asked, answered }) => answered - asked));
}

/** What looks at each reading can only be wrong about what changed just then. */
function lookCause({ wrong, asked, from, to, lastSo }: WrongStretch): keyof typeof CAUSES {
  const isRecent = (at: Milliseconds | null) => at !== null && asked - at <= CHANGING_MS;
  if (to - from > CHANGING_MS) return 'unexplained';
  if (!isRecent(lastSo.whole)) return isRecent(lastSo.inParts) ? 'mixed' : 'unexplained';
  if (wrong === 'dead called alive') return 'ending';
  return wrong === 'alive called dead' ? 'starting' : 'changing';
}
