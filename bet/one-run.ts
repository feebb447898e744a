import { clockMs, pause } from '../test/storm/clock.ts';
import { openJudge } from './judge.ts';
import { AskingLoop } from './loop.ts';
import type { Cost, Mishap, RunOptions, RunResult, SystemName } from './model.ts';
import { makeSchedule } from './schedule.ts';
import { startSystems } from './systems/start.ts';
import type { RunCgroups } from './world/cgroups.ts';
import type { Happened, RunningSystem } from './world/contract.ts';
import { World } from './world/world.ts';

/** What came of a run, and what it is known by. */
export interface Lived {
  readonly result: RunResult;
  /** With the proof of each. */
  readonly happened: readonly Happened[];
  /** What was so of each session, and until when. */
  readonly truth: ReturnType<World['chronicle']['tell']>;
  readonly startedAt: number;
}

/** Lives through one schedule with all systems at once. Rejects where anything did not happen as it should have. */
export async function liveThrough(
  run: RunOptions,
  place: {
    readonly entries: string;
    readonly plumb: string;
    readonly cgroups: RunCgroups;
    /** Told of each mishap when it has happened, */
    readonly tell: (happened: Happened, startedAt: number) => void;
    /** and of what is made before the first. */
    readonly note: (text: string) => void;
  },
): Promise<Lived> {
  const schedule = makeSchedule(run);
  const failure = new AbortController();
  const fail = (error: unknown) => failure.abort(error);
  const world = new World({ run, schedule, ...place }, fail);
  let systems: readonly RunningSystem[] = [];
  try {
    await timed(place.note, 'the database and the tmux servers', () => world.open());
    systems = await timed(place.note, 'all systems', () => startSystems(world.arena));
    const startedAt = clockMs();
    const happened: Happened[] = [];
    const { arena, truth } = world;
    const names = systems.map(({ system }) => system);
    const judge = openJudge({ systems: names, sessions: arena.sessions, truth, happened, startedAt });
    const isSettled = (until: number) => world.chronicle.isSettled(until);
    const loop = new AskingLoop({ run, sessions: arena.sessions, systems, judge, isSettled, startedAt });
    const deeds = schedule.mishaps.map(async (mishap) => {
      await pause(startedAt + mishap.at - clockMs());
      if (failure.signal.aborted) return;
      const done = await world.befall(mishap);
      happened.push(done);
      place.tell(done, startedAt);
    });
    const all = Promise.all(deeds).catch(fail);
    await loop.run(failure.signal);
    await all;
    failure.signal.throwIfAborted();
    const costs = await timed(place.note, 'what it has cost', () => costsOf(systems));
    const mishaps = happened.map(({ mishap, from }): Mishap => ({ ...mishap, at: from - startedAt }));
    mishaps.sort((one, other) => one.at - other.at);
    const result = { options: run, mishaps, systems: judge.results(costs) };
    return { result, happened, truth: world.chronicle.tell(), startedAt };
  } finally {
    await Promise.all(systems.map((system) => system.end()));
    world.close();
  }
}

async function timed<T>(note: (text: string) => void, what: string, work: () => Promise<T>): Promise<T> {
  const begun = clockMs();
  const done = await work();
  note(`${what}: there after ${((clockMs() - begun) / 1000).toFixed(1)} s`);
  return done;
}

async function costsOf(systems: readonly RunningSystem[]): Promise<ReadonlyMap<SystemName, Cost>> {
  const costs = new Map<SystemName, Cost>();
  for (const system of systems) costs.set(system.system, await system.cost());
  return costs;
}
