import { becomeStranger, ended, killServer, leaveDead, respawn } from './endings.ts';
import { movePane, obstructed, synchronize } from './pane-troubles.ts';
import type { Scene } from './scene.ts';
import { type Slot, strike } from './slot.ts';
import { lineMode, putBehind, sendAway, stop, stopHolder } from './stops.ts';

/** Something that is done to a session: when it is over, a session is there again. */
export interface TroubleMaker {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  readonly suits: (slot: Slot) => boolean;
  readonly make: (scene: Scene) => Promise<void>;
}

const always = () => true;
const inTmux = (slot: Slot) => slot.tmux !== null;
/** The session is the first program of its pane. */
const isBare = (slot: Slot) => inTmux(slot) && !slot.plan.kept && !slot.plan.scripted;

/** All of them. */
export const TROUBLE_MAKERS: readonly TroubleMaker[] = [
  { name: 'kill', weight: 5, suits: always, make: (it) => ended(it, async () => strike(it.current, 'SIGKILL')) },
  { name: 'exec', weight: 4, suits: always, make: becomeStranger },
  { name: 'respawn', weight: 3, suits: isBare, make: respawn },
  { name: 'close', weight: 2, suits: always, make: (it) => ended(it, () => it.slot.plan.place.close(), true) },
  { name: 'move pane', weight: 5, suits: inTmux, make: movePane },
  { name: 'stop', weight: 3, suits: (slot) => !slot.plan.kept, make: stop },
  { name: 'stop holder', weight: 2, suits: (slot) => slot.plan.scripted, make: stopHolder },
  { name: 'another in front', weight: 5, suits: (slot) => slot.plan.kept, make: putBehind },
  {
    name: 'copy mode',
    weight: 2,
    suits: inTmux,
    make: (it) => obstructed(it, ['copy-mode'], ['send-keys', '-X', 'cancel']),
  },
  {
    name: 'input off',
    weight: 2,
    suits: inTmux,
    make: (it) => obstructed(it, ['select-pane', '-d'], ['select-pane', '-e']),
  },
  { name: 'synchronize', weight: 2, suits: inTmux, make: synchronize },
  { name: 'dead pane', weight: 3, suits: isBare, make: leaveDead },
  { name: 'line mode', weight: 3, suits: (slot) => !slot.plan.mode.includes('cooked'), make: lineMode },
  { name: 'away', weight: 3, suits: always, make: sendAway },
  { name: 'kill server', weight: 0.4, suits: inTmux, make: killServer },
];
