import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fleet } from './fleet.ts';
import type { Mishap, MishapKind, RunOptions } from './model.ts';
import { kindsOf, makeSchedule, SERVERS, sessionNames } from './schedule.ts';

const ALL: Readonly<Record<MishapKind, true>> = {
  start: true,
  kill: true,
  oom: true,
  exit: true,
  exec: true,
  'exec-shell': true,
  respawn: true,
  move: true,
  hang: true,
  'number-reused': true,
  'server-killed': true,
  'server-started': true,
  'client-gone': true,
  starved: true,
  'database-outage': true,
};
const DEFAULT = { sessions: 24, seconds: 420 };
const DEATHS: readonly MishapKind[] = ['kill', 'oom', 'exit', 'exec-shell', 'number-reused'];

const anyRun = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  sessions: fc.integer({ min: 2, max: 60 }),
  seconds: fc.integer({ min: 30, max: 1200 }),
});
const defaultRun = fc.integer({ min: 0, max: 2 ** 31 }).map((seed) => ({ ...DEFAULT, seed }));

describe('a schedule', () => {
  it('is the same for the same options, and another one for another seed', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        expect(makeSchedule(run)).toEqual(makeSchedule(run));
      }),
      { numRuns: 50 },
    );
    expect(makeSchedule({ ...DEFAULT, seed: 1 })).not.toEqual(makeSchedule({ ...DEFAULT, seed: 2 }));
  });

  it('can be lived: nobody dead is killed, nobody hung ends by itself, nothing is shown by a dead server', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const { mishaps, ignoring } = lived(run);
        livesByHand(mishaps);
        const respawned = mishaps.flatMap((it) => (it.kind === 'respawn' ? [it.session] : []));
        expect(respawned.filter((session) => ignoring.includes(session))).toEqual([]);
      }),
    );
  });

  it('is in order, and calm at its end', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const { mishaps } = makeSchedule(run);
        const times = mishaps.map(({ at }) => at);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        const over = mishaps.map((it) => ('lasts' in it ? it.at + it.lasts : it.at));
        expect(Math.max(...over)).toBeLessThanOrEqual(run.seconds * 1000 - calmOf(run));
      }),
    );
  });

  it('has every kind in a run of the default length, and what dies while the database is away', () => {
    fc.assert(
      fc.property(defaultRun, (run) => {
        const schedule = makeSchedule(run);
        expect([...kindsOf(schedule)].sort()).toEqual(Object.keys(ALL).sort());
        const outage = schedule.mishaps.find((it) => it.kind === 'database-outage');
        const meanwhile = schedule.mishaps.filter((it) => {
          return outage !== undefined && it.at > outage.at && it.at < outage.at + outage.lasts;
        });
        expect([...new Set(meanwhile.map(({ kind }) => kind))]).toEqual(
          expect.arrayContaining(['kill', 'start', 'move']),
        );
      }),
    );
  });

  it('leaves some dead for so long that the slowest heartbeat misses them, and starts others again', () => {
    fc.assert(
      fc.property(defaultRun, (run) => {
        const { mishaps, fleet } = lived(run);
        const left = fleet.sessions.map((name) => fleet.member(name)).filter(({ alive }) => !alive);
        expect(left.length).toBeGreaterThan(0);
        expect(left.length).toBeLessThan(run.sessions / 2);
        expect(Math.max(...left.map(({ touched }) => touched))).toBeLessThan((DEFAULT.seconds - 160) * 1000);
        expect(mishaps.filter(({ kind }) => kind === 'start').length).toBeGreaterThan(run.sessions + 5);
      }),
    );
  });
});

/** A schedule, with the fleet that has lived through it. */
function lived(run: RunOptions) {
  const schedule = makeSchedule(run);
  const fleet = new Fleet(sessionNames(run.sessions), SERVERS, new Set(schedule.ignoring));
  for (const mishap of schedule.mishaps) fleet.apply(mishap);
  return { ...schedule, fleet };
}

function calmOf({ seconds }: RunOptions): number {
  return Math.min(30_000, seconds * 250);
}

/** The rules that matter most, once more and without the fleet. */
function livesByHand(mishaps: readonly Mishap[]): void {
  const alive = new Set<string>();
  const hung = new Set<string>();
  for (const mishap of mishaps) {
    if (mishap.kind === 'server-killed') {
      // Who lived on is not said here, and may be killed or not.
      return;
    }
    if (!('session' in mishap)) continue;
    expect([mishap, alive.has(mishap.session)]).toEqual([mishap, mishap.kind !== 'start']);
    if (['exit', 'exec', 'exec-shell', 'oom', 'respawn', 'move', 'hang'].includes(mishap.kind)) {
      expect([mishap, hung.has(mishap.session)]).toEqual([mishap, false]);
    }
    if (mishap.kind === 'start') alive.add(mishap.session);
    if (mishap.kind === 'hang') hung.add(mishap.session);
    if (DEATHS.includes(mishap.kind)) {
      alive.delete(mishap.session);
      hung.delete(mishap.session);
    }
  }
}
