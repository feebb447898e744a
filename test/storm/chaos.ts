import type { Random } from '../makers/random.ts';
import { clockMs, pause } from './clock.ts';
import { isAlive, type Slot } from './slot.ts';
import { TROUBLE_MAKERS, type TroubleMaker } from './troubles.ts';
import type { World } from './world.ts';

/** Trouble that is made until it is told to end. */
export interface Chaos {
  /** Ends it, when all that was begun is over. */
  readonly end: () => Promise<void>;
  /** How often each was made. */
  readonly counts: ReadonlyMap<string, number>;
}

const MAKERS = 3;
/** How long each session is left in peace after each trouble, at most. */
const MOST_PEACE_MS = 5000;

/** Begins to make trouble for all sessions of a world, some of it at the same time. */
export function beginChaos(world: World, random: Random): Chaos {
  const counts = new Map<string, number>();
  let isOver = false;
  const restUntil = new Map<Slot, number>();
  const worker = async () => {
    while (!isOver) {
      const free = world.slots.filter((slot) => !slot.isTaken && (restUntil.get(slot) ?? 0) < clockMs());
      if (free.length === 0) {
        await pause(5);
        continue;
      }
      const slot = random.pick(free);
      slot.isTaken = true;
      const name = await troubleFor(slot, world, random);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      restUntil.set(slot, clockMs() + random.between(0, MOST_PEACE_MS));
      slot.isTaken = false;
    }
  };
  const workers = Promise.all(Array.from({ length: MAKERS }, worker));
  // Who waits for the end is told; until then nobody is.
  workers.catch(() => {});
  return {
    counts,
    end: async () => {
      isOver = true;
      await workers;
    },
  };
}

async function troubleFor(slot: Slot, world: World, random: Random): Promise<string> {
  const { current } = slot;
  if (current === null || !isAlive(current)) {
    // A signal has met it before it could take one: it is started again.
    const done = slot.plan.timeline.beginAll(slot.name, ['end', 'pane', 'terminal']);
    await slot.plan.place.close();
    await slot.start();
    done();
    return 'ended by itself';
  }
  const trouble = choose(
    TROUBLE_MAKERS.filter((it) => it.suits(slot)),
    random,
  );
  try {
    await trouble.make({ slot, current, world, random });
  } catch (error) {
    // What one does can come between: the next one starts it again.
    globalThis.process.stderr.write(`${trouble.name} of ${slot.name}: ${String(error)}\n`);
    if (isAlive(current)) throw new Error(`${trouble.name} of ${slot.name}`, { cause: error });
  }
  return trouble.name;
}

function choose(makers: readonly TroubleMaker[], random: Random): TroubleMaker {
  let left = random.next() * makers.reduce((sum, { weight }) => sum + weight, 0);
  for (const maker of makers) {
    left -= maker.weight;
    if (left < 0) return maker;
  }
  return makers.at(-1) as TroubleMaker;
}
