/** What wakes a watch: on the real devpts, and on a directory that stands for one in its rarer states. */
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { liveClock } from '../../src/watch/clock.ts';
import { TerminalWatch } from '../../src/watch/devpts.ts';
import { FakeClock } from '../makers/fake-clock.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

function watchOver(directory: string | undefined, clock: FakeClock | typeof liveClock) {
  const notes: string[] = [];
  let wakes = 0;
  const wake = () => {
    wakes++;
  };
  const note = (message: string) => notes.push(message);
  const watcher = new TerminalWatch({ clock, wake, note, ...(directory !== undefined && { directory }) });
  onTestFinished(() => watcher.close());
  const woken = async () => {
    await waitFor('it to be woken', () => wakes > 0);
    wakes = 0;
  };
  return { notes, woken, wakes: () => wakes };
}

describe('TerminalWatch on the real devpts', () => {
  requires('cc');

  it('is woken when a terminal comes, and when it goes', async () => {
    const cwd = makeScratch();
    const { woken, notes } = watchOver(undefined, liveClock);
    const terminal = await openTerminal(['sleep', '1000'], { cwd });
    await woken();
    await terminal.hangUp();
    await woken();
    expect(notes).toEqual([]);
  });
});

describe('TerminalWatch', () => {
  it('rests after a write to a terminal, which older kernels tell, and then sees what has come meanwhile', async () => {
    const [directory, clock] = [makeScratch(), new FakeClock()];
    fs.writeFileSync(`${directory}/0`, '');
    const { woken, wakes } = watchOver(directory, clock);
    fs.writeFileSync(`${directory}/0`, 'output');
    await waitFor('it to rest', () => clock.nextInMs !== null);
    expect(wakes()).toBe(0);
    await clock.next();
    expect(wakes()).toBe(0);
    fs.writeFileSync(`${directory}/0`, 'more output');
    await waitFor('it to rest again', () => clock.nextInMs !== null);
    fs.writeFileSync(`${directory}/1`, '');
    await clock.next();
    expect(wakes()).toBe(1);
    await woken();
    fs.writeFileSync(`${directory}/2`, '');
    await woken();
  });

  it('says once that there is no such directory, and watches it once it is there', async () => {
    const [directory, clock] = [`${makeScratch()}/pts`, new FakeClock()];
    const { notes, woken } = watchOver(directory, clock);
    await clock.next();
    expect(notes).toEqual([`${directory} cannot be watched (ENOENT): new terminals are seen at the interval only`]);
    fs.mkdirSync(directory);
    await clock.next();
    fs.writeFileSync(`${directory}/0`, '');
    await woken();
    expect(notes).toHaveLength(1);
  });

  it('watches the directory that stands there now, when the old one is gone', async () => {
    const [parent, clock] = [makeScratch(), new FakeClock()];
    const directory = `${parent}/pts`;
    fs.mkdirSync(directory);
    const { woken } = watchOver(directory, clock);
    fs.renameSync(directory, `${parent}/old`);
    fs.mkdirSync(directory);
    await woken();
    await waitFor('it to rest', () => clock.nextInMs !== null);
    await clock.next();
    fs.writeFileSync(`${directory}/0`, '');
    await woken();
  });
});
