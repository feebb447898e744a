import { onTestFinished } from 'vitest';
import type { Pass } from '../../src/sync.ts';
import { type WatchOptions, watch } from '../../src/watch/watch.ts';
import { FakeClock } from '../makers/fake-clock.ts';
import { makeScratch } from '../makers/scratch.ts';
import { waitFor } from '../makers/wait-for.ts';
import { COMMANDS, FakeMachine, FakeStore, HOMES, HOST_ID } from './fake-world.ts';

/** A look takes milliseconds of real time, and the next one is 20 times that away: so an interval is longer than that. */
export const INTERVAL_MS = 100_000;

/** A loop that runs. */
interface Going {
  readonly clock: FakeClock;
  readonly machine: FakeMachine;
  readonly store: FakeStore;
  readonly passes: Pass[];
  readonly told: string[];
  /** Asks it to end. */
  readonly end: () => void;
  readonly ended: Promise<void>;
  /** Waits until a pass has ended that nobody has waited for yet. */
  readonly nextPass: () => Promise<Pass>;
}

/** Starts the loop with a clock, a machine and a registry of the test's own. */
export function start(pids: Readonly<Record<string, number | null>>, more: Partial<WatchOptions> = {}): Going {
  const [clock, machine, store] = [new FakeClock(), new FakeMachine(pids), new FakeStore()];
  const controller = new AbortController();
  const passes: Pass[] = [];
  const told: string[] = [];
  let seen = 0;
  const terminals = makeScratch();
  const ended = watch({
    homes: HOMES,
    commands: COMMANDS,
    hostId: HOST_ID,
    intervalMs: INTERVAL_MS,
    ...{ clock, machine, terminals, open: store.open, signal: controller.signal },
    onPass: (done) => passes.push(done),
    onLost: ({ message }) => told.push(`lost: ${message}`),
    onBack: () => told.push('back'),
    ...more,
  });
  let failure: unknown;
  ended.catch((error: unknown) => {
    failure = error;
  });
  const end = () => controller.abort();
  onTestFinished(async () => {
    end();
    await ended.catch(() => {});
  });
  const nextPass = () =>
    waitFor('a pass', () => {
      if (failure !== undefined) throw failure;
      return passes.length > seen && passes[seen++];
    });
  return { clock, machine, store, passes, told, end, ended, nextPass };
}
