import fs from 'node:fs';
import { install } from '../makers/c-program.ts';
import { makeReceivers, type Receivers } from '../makers/receiver.ts';
import { makeDirectories } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { type Place, PtyPlace, ScreenPlace, TmuxPlace } from './place.ts';
import { type StormServer, startServer } from './servers.ts';
import { Slot } from './slot.ts';
import { Timeline } from './timeline.ts';

/** All that a storm blows through. */
export interface World {
  readonly homes: string;
  readonly slots: readonly Slot[];
  readonly servers: readonly StormServer[];
  readonly timeline: Timeline;
  /** What strangers have read that are in no slot. */
  readonly strangers: Receivers;
}

/** Name, and what is special about it: a name says where it is shown, and how it reads. */
const KINDS = [
  ...['tmux-plain-1', 'tmux-plain-2', 'tmux-plain-3', 'tmux-kept-1', 'tmux-kept-2', 'tmux-kept-cooked'],
  ...['tmux-script', 'tmux-tree', 'pty-plain', 'pty-stays', 'pty-kept', 'pty-kept-cooked', 'screen-kept'],
];

/** Makes servers, terminals, strangers, and a session in every home. */
export async function makeWorld(scratch: string): Promise<World> {
  const timeline = new Timeline();
  const [homes, away, strange] = makeDirectories(scratch, 'homes', 'away', 'strangers');
  const strangers = makeReceivers(strange);
  const keeper = install('keeper', `${scratch}/keeper`);
  const servers = await Promise.all(
    ['a', 'b'].map((name) => {
      fs.mkdirSync(`${scratch}/${name}`);
      return startServer(`${scratch}/${name}`, strangers.run('neighbour', name));
    }),
  );
  await openTerminal(strangers.run('neighbour', 'pty'), { cwd: scratch });
  const slots = KINDS.map((name, number) => {
    const place = placeOf(name, servers[number % servers.length] as StormServer);
    const [home, logs] = makeDirectories(scratch, `homes/${name}`, `logs/${name}`);
    return new Slot({
      ...{ name, place, home, logs, away, keeper, timeline },
      kept: name.includes('kept'),
      mode: [
        ...(name.includes('cooked') ? ['cooked' as const] : []),
        ...(name.includes('stays') ? ['stays' as const] : []),
      ],
      scripted: name.includes('script'),
      hasChild: name.includes('tree'),
    });
  });
  for (const slot of slots) await slot.start();
  return { homes, slots, servers, timeline, strangers };
}

function placeOf(name: string, server: StormServer): Place {
  if (name.startsWith('pty')) return new PtyPlace();
  return name.startsWith('screen') ? new ScreenPlace() : new TmuxPlace(server);
}
