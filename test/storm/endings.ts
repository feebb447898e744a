import { processRow } from '../makers/process-table.ts';
import { waitFor } from '../makers/wait-for.ts';
import { pause } from './clock.ts';
import type { Scene } from './scene.ts';
import { isAlive, type Slot, strike } from './slot.ts';
import type { Trouble } from './timeline.ts';

/** Ends the session by some means, and starts another one: where something keeps it there, else anew. */
export async function ended({ slot, current, random, world }: Scene, end: () => Promise<unknown>, isClosed = false) {
  const { timeline, place } = slot.plan;
  const done = timeline.beginAll(slot.name, isClosed ? ['end', 'pane', 'terminal'] : endingOf(slot));
  const keeper = isClosed ? null : slot.keeperPid();
  await end();
  // One that outlives its terminal does so for a while.
  if (slot.plan.mode.includes('stays')) await pause(random.between(0, 200));
  strike(current, 'SIGKILL');
  await waitFor(`the end of ${slot.name}`, () => !isAlive(current));
  await pause(random.between(0, 100));
  if (keeper !== null && processRow(keeper)) {
    const starting = timeline.begin(slot.name, 'start');
    globalThis.process.kill(keeper, 'SIGUSR2');
    await slot.arrived();
    starting();
    done();
    return;
  }
  await place.close();
  done();
  slot.tmux?.moveTo(random.pick(world.servers.filter(({ isDoomed }) => !isDoomed)));
  await slot.start();
}

/** Another program in the same process: it becomes a stranger, which is ended after a while. */
export async function becomeStranger(it: Scene): Promise<void> {
  const { slot, current, random } = it;
  const done = slot.plan.timeline.begin(slot.name, 'program');
  strike(current, 'SIGUSR2');
  await pause(random.between(0, 250));
  await ended(it, async () => strike(current, 'SIGKILL'));
  done();
}

/** Another program in the same pane. */
export async function respawn({ slot, current }: Scene): Promise<void> {
  const done = slot.plan.timeline.beginAll(slot.name, ['end', 'pane', 'terminal', 'start']);
  await slot.tmux?.server.tmux('respawn-pane', '-k', '-t', slot.tmux.pane);
  await waitFor(`the end of ${slot.name}`, () => !isAlive(current));
  await slot.arrived();
  done();
}

/** The program ends, and its pane stays for a while. */
export async function leaveDead({ slot, current, random }: Scene): Promise<void> {
  const { tmux } = slot;
  if (tmux === null) return;
  const done = slot.plan.timeline.beginAll(slot.name, ['end', 'obstacle', 'terminal', 'pane', 'start']);
  await tmux.server.tmux('set-option', '-p', '-t', tmux.pane, 'remain-on-exit', 'on');
  strike(current, 'SIGKILL');
  await waitFor(`the end of ${slot.name}`, () => !isAlive(current));
  await pause(random.between(50, 300));
  await tmux.server.tmux('respawn-pane', '-k', '-t', tmux.pane);
  await slot.arrived();
  await tmux.server.tmux('set-option', '-p', '-t', tmux.pane, 'remain-on-exit', 'off');
  done();
}

/** All that it shows ends at once, and is started again. */
export async function killServer({ slot, world }: Scene): Promise<void> {
  const server = slot.tmux?.server;
  const hit = world.slots.filter((it) => it.tmux?.server === server);
  // Whoever else makes trouble there has to be done first.
  if (
    server === undefined ||
    world.servers.some(({ isDoomed }) => isDoomed) ||
    hit.some((it) => it !== slot && it.isTaken)
  )
    return;
  for (const it of hit) it.isTaken = true;
  const done = hit.map((it) => it.plan.timeline.beginAll(it.name, ['end', 'pane', 'terminal', 'start']));
  await server.restart();
  for (const it of hit) {
    const { current } = it;
    // What script(1) has started outlives it.
    if (current) strike(current, 'SIGKILL');
    if (current) await waitFor(`the end of ${it.name}`, () => !isAlive(current));
    await it.start();
  }
  for (const end of done) end();
  for (const it of hit) it.isTaken = it === slot;
}

/** What nobody keeps is closed with its first program. */
function endingOf({ plan }: Slot): readonly Trouble[] {
  return plan.kept ? ['end'] : ['end', 'pane', 'terminal'];
}
