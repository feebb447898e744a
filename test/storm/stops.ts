import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { processRow } from '../makers/process-table.ts';
import type { Random } from '../makers/random.ts';
import { waitFor } from '../makers/wait-for.ts';
import { pause } from './clock.ts';
import type { Scene } from './scene.ts';
import { type Slot, strike } from './slot.ts';

const run = promisify(execFile);
const SIGAWAY = 34;
const SIGHOME = 35;

/** It is stopped, and goes on. */
export async function stop({ slot, current, random }: Scene): Promise<void> {
  await stopped(slot, current.pid, random);
}

/** What holds its terminal is stopped, and goes on. */
export async function stopHolder({ slot, current, random }: Scene): Promise<void> {
  const holder = await slot.tmux?.firstPid();
  if (holder && holder !== current.pid) await stopped(slot, holder, random);
}

/** What Ctrl-Z does, and then fg; in between it goes on in the background, sometimes. */
export async function putBehind({ slot, current, random }: Scene): Promise<void> {
  const keeper = slot.keeperPid();
  if (keeper === null) return;
  const done = slot.plan.timeline.beginAll(slot.name, ['behind', 'stop']);
  const state = () => processRow(current.pid);
  strike(current, 'SIGTSTP');
  await waitFor('another one in front', () => state()?.tpgid !== state()?.pgid);
  await pause(random.between(0, 150));
  if (random.chance(0.5)) strike(current, 'SIGCONT');
  await pause(random.between(0, 150));
  globalThis.process.kill(keeper, 'SIGUSR2');
  await waitFor(`${slot.name} in front`, () => state()?.tpgid === state()?.pgid && state()?.state !== 'T');
  done();
}

/** Its terminal hands over lines for a while. */
export async function lineMode({ slot, current, random }: Scene): Promise<void> {
  const done = slot.plan.timeline.begin(slot.name, 'line_mode');
  const terminal = `/proc/${current.pid}/fd/0`;
  await run('stty', ['-F', terminal, 'icanon']);
  await pause(random.between(0, 200));
  await run('stty', ['-F', terminal, '-icanon', 'min', '1', 'time', '0']);
  done();
}

/** It works elsewhere for a while. */
export async function sendAway({ slot, current, random }: Scene): Promise<void> {
  const done = slot.plan.timeline.begin(slot.name, 'home');
  strike(current, SIGAWAY);
  await pause(random.between(0, 250));
  strike(current, SIGHOME);
  await pause(20);
  done();
}

async function stopped(slot: Slot, pid: number, random: Random): Promise<void> {
  const done = slot.plan.timeline.begin(slot.name, 'stop');
  globalThis.process.kill(pid, 'SIGSTOP');
  await pause(random.between(0, 200));
  globalThis.process.kill(pid, 'SIGCONT');
  await waitFor(`${slot.name} to go on`, () => processRow(pid)?.state !== 'T');
  done();
}
