import { pause } from './clock.ts';
import type { Scene } from './scene.ts';

/** The pane is swapped, broken out, joined to others: its id and its terminal stay. */
export async function movePane({ slot, random }: Scene): Promise<void> {
  const { tmux } = slot;
  if (tmux === null) return;
  const done = slot.plan.timeline.begin(slot.name, 'moved');
  const { pane, server } = tmux;
  for (let times = random.between(1, 4); times > 0; times--) {
    const other = server.strangerPane(random);
    const ways = [
      ['swap-pane', '-d', '-s', pane, '-t', other],
      ['break-pane', '-d', '-s', pane],
      ['join-pane', '-d', '-s', pane, '-t', other],
      ['move-pane', '-d', '-h', '-s', pane, '-t', other],
    ];
    // One that has no room, or is alone in its window, stays where it is.
    await server.tmux(...random.pick(ways));
  }
  done();
}

/** The pane does not deliver for a while. */
export async function obstructed(
  { slot, random }: Scene,
  on: readonly string[],
  off: readonly string[],
): Promise<void> {
  const { tmux } = slot;
  if (tmux === null) return;
  const done = slot.plan.timeline.begin(slot.name, 'obstacle');
  const order = ([command = '', ...rest]: readonly string[]) => tmux.server.tmux(command, '-t', tmux.pane, ...rest);
  await order(on);
  await pause(random.between(0, 200));
  await order(off);
  done();
}

/** It is the window's, and panes move: every session of the server may be in it. */
export async function synchronize({ slot, random, world }: Scene): Promise<void> {
  const { tmux } = slot;
  if (tmux === null) return;
  const { server, pane } = tmux;
  const near = world.slots.filter((it) => it.tmux?.server === server);
  const done = near.map((it) => it.plan.timeline.begin(it.name, 'obstacle'));
  const window = await server.tmux('display-message', '-p', '-t', pane, '#{window_id}');
  if (window) await server.tmux('set-option', '-w', '-t', window, 'synchronize-panes', 'on');
  await pause(random.between(0, 150));
  if (window) await server.tmux('set-option', '-w', '-t', window, 'synchronize-panes', 'off');
  for (const end of done) end();
}
