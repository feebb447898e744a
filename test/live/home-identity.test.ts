import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHomeIdentities } from '../../src/kernel/home-identity.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import { loadGenerations } from '../../src/kernel/native/generation.ts';
import { fromUtf8 } from '../../src/model/text.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';

async function identityOf(place: string) {
  const { dev, ino } = fs.statSync(place, { bigint: true });
  return openHomeIdentities(liveMachine(), await loadGenerations()).of(fromUtf8(place), { dev, ino });
}

function mount(...words: readonly [...string[], place: string]): void {
  execFileSync('mount', ['-t', ...words]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', words.at(-1) ?? '']));
}

describe('what tells a home from a later one', () => {
  requires('root');

  it('is a generation on a tmpfs, which gives it in handles alone', async () => {
    const [place] = makeDirectories(makeScratch(), 'tmpfs');
    mount('tmpfs', 'none', place);
    fs.mkdirSync(`${place}/ada`);
    fs.mkdirSync(`${place}/bob`);
    const [ada, bob] = [await identityOf(`${place}/ada`), await identityOf(`${place}/bob`)];
    expect(ada).toMatchObject({ level: expect.stringMatching(/^[0-9a-f]{24}$/), problem: null });
    expect(ada.generation).toEqual(expect.any(Number));
    expect(ada.generation).not.toBe(bob.generation);
  });

  it('is not there on an overlay, which so is not compared', async () => {
    const [upper, work, lower, place] = makeDirectories(makeScratch(), 't/upper', 't/work', 't/lower', 'merged');
    fs.mkdirSync(`${upper}/ada`);
    mount('overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, 'none', place);
    expect(await identityOf(`${place}/ada`)).toMatchObject({
      level: null,
      generation: null,
      problem: expect.stringContaining('(overlay)'),
    });
  });
});
