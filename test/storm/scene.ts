import type { Random } from '../makers/random.ts';
import type { Incarnation, Slot } from './slot.ts';
import type { World } from './world.ts';

/** What one trouble needs. */
export interface Scene {
  readonly slot: Slot;
  /** The incarnation that the slot had when the trouble began. */
  readonly current: Incarnation;
  readonly world: World;
  readonly random: Random;
}
