import type { Random } from '../test/makers/random.ts';
import type { Milliseconds, Mishap, RunOptions } from './model.ts';

/** What befalls more than one session. */
export type HostMishap = Exclude<Mishap, { session: string }>;

/** What a schedule is drawn up around: what befalls the whole host, and when anything may happen at all. */
export interface HostPlan {
  /** What befalls servers, the host and the database, at fixed shares of the run. */
  readonly host: readonly HostMishap[];
  /** When the sessions start for the first time, one after the other. */
  readonly startAt: (number: number) => Milliseconds;
  /** When something happens to one session. */
  readonly turns: readonly Milliseconds[];
  /** What has to happen while the database is away. */
  readonly forced: readonly { readonly at: Milliseconds; readonly kind: 'kill' | 'start' | 'move' }[];
  /** Nothing happens after it: the end of a run is calm. */
  readonly last: Milliseconds;
  /** Whoever dies after it starts again soon: the slowest heartbeat has to have the time to miss the others. */
  readonly lastDeath: Milliseconds;
  /** How long it takes until somebody starts what has died: at least, at most. */
  readonly delays: readonly [Milliseconds, Milliseconds];
}

/** A run that is shorter has no time for the slowest heartbeat, and does not try to have it. */
const LONG_MS = 300_000;
const CALM_MS = 30_000;
/** Three beats of 60 s, but for a tenth of it. */
const SLOWEST_NOTICE_MS = 165_000;
/** How often something happens to each session in a run. */
const TURNS_A_SESSION = 3;
const START_EVERY_MS = 150;

/** Lays a run out. */
export function planOf({ seconds, sessions }: RunOptions, random: Random): HostPlan {
  const length = seconds * 1000;
  const calm = Math.min(CALM_MS, length / 4);
  const last = length - calm;
  const startAt = (number: number) => 500 + number * START_EVERY_MS;
  const first = startAt(sessions) + 5500;
  const share = (part: number) => Math.round(first + (last - first) * (part + (random.next() - 0.5) * 0.03));
  const lasts = (least: Milliseconds, part: number, most: Milliseconds) => {
    return Math.round(Math.min(most, Math.max(least, length * part)));
  };
  const outage = { at: share(0.32), lasts: lasts(6000, 0.05, 25_000) };
  const starvedFor = lasts(6000, 0.12, 45_000);
  const starved = Math.min(share(0.7), last - starvedFor - 1000);
  const back = lasts(2500, 0.01, 5000);
  const [killedA, killedB] = [share(0.14), share(0.5)];
  return {
    host: [
      { at: share(0.05), kind: 'client-gone', server: 'bet-a' },
      { at: killedA, kind: 'server-killed', server: 'bet-a' },
      { at: killedA + back, kind: 'server-started', server: 'bet-a' },
      { ...outage, kind: 'database-outage' },
      { at: killedB, kind: 'server-killed', server: 'bet-b' },
      { at: killedB + back, kind: 'server-started', server: 'bet-b' },
      { at: share(0.63), kind: 'client-gone', server: 'bet-b' },
      { at: starved, kind: 'starved', lasts: starvedFor },
    ],
    startAt,
    turns: turnsBetween(first, last, sessions * TURNS_A_SESSION, random),
    forced: [
      { at: outage.at + outage.lasts * 0.15, kind: 'kill' },
      { at: outage.at + outage.lasts * 0.35, kind: 'move' },
      { at: outage.at + outage.lasts * 0.55, kind: 'start' },
    ].map(({ at, kind }) => ({ at: Math.round(at), kind: kind as 'kill' | 'start' | 'move' })),
    last,
    lastDeath: length >= LONG_MS ? length - SLOWEST_NOTICE_MS : last - calm / 2,
    delays: length >= LONG_MS ? [6000, 60_000] : [5500, 12_000],
  };
}

/** So many moments, one somewhere in each of as many equal parts. */
function turnsBetween(first: Milliseconds, last: Milliseconds, turns: number, random: Random): Milliseconds[] {
  const part = (last - first) / turns;
  return Array.from({ length: turns }, (_, number) => Math.round(first + (number + random.next()) * part));
}
