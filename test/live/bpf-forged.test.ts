/** Pins that root has not made for plumb: nobody believes them, and nobody takes them away. */
import fs from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { objectFile } from '../../src/kernel/bpf/object-file.ts';
import { findPin } from '../../src/kernel/bpf/pins.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { makePinsPlace, mountBpfFs, mountsOn, pinOwn, plumbBpf } from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

leavesNothingBehind();

/** Loading takes the kernel a second on an idle machine, and these do it many times. */
const PATIENCE_MS = 240_000;

const GROUP = '4242';
const FORGER = 3001;

const install = (directory: string) => plumbBpf(['install', '--directory', directory, '--group', GROUP]);
const remove = (directory: string) => plumbBpf(['remove', '--directory', directory]);
const stateOf = async (directory: string) => {
  const { stdout } = await plumbBpf(['status', '--json', '--directory', directory]);
  return (JSON.parse(stdout) as { pins: { state: string; why: string }[] }).pins[0];
};

describe('a forged pin', { timeout: PATIENCE_MS }, () => {
  requires('root', 'iterators');

  let directory: string;
  beforeEach(() => {
    directory = makePinsPlace();
    mountBpfFs(directory);
  });

  /** It is refused by whoever would read it, by install, and left by remove. */
  async function isRefused(why: RegExp) {
    const before = fs.lstatSync(`${directory}/sessions`);
    expect(findPin(directory, 'sessions')).toMatchObject({ kind: 'untrusted', why: expect.stringMatching(why) });
    expect(await stateOf(directory)).toMatchObject({ state: 'untrusted', why: expect.stringMatching(why) });
    await isLeft(before.ino);
  }

  async function isLeft(ino: number) {
    const refused = await install(directory);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/sessions is not of plumb: /);
    const removed = await remove(directory);
    expect(removed.code).toBe(0);
    expect(removed.stderr).toMatch(/left .*\/sessions: /);
    expect(fs.lstatSync(`${directory}/sessions`).ino).toBe(ino);
    expect(fs.readdirSync(directory)).not.toContain('sessions-new');
    expect(mountsOn(directory)).toHaveLength(1);
  }

  it('belongs to somebody else', async () => {
    await pinOwn(await objectFile(), 'sessions', `${directory}/sessions`);
    fs.chownSync(`${directory}/sessions`, FORGER, FORGER);
    await isRefused(/belongs to user 3001/);
  });

  it('is a symbolic link', async () => {
    await pinOwn(await objectFile(), 'sessions', `${directory}/other`);
    fs.symlinkSync(`${directory}/other`, `${directory}/sessions`);
    await isRefused(/symbolic link|no pin/);
  });

  it('is a directory', async () => {
    fs.mkdirSync(`${directory}/sessions`);
    await isRefused(/no pin/);
  });

  it('is another program’s', async () => {
    await pinOwn(await objectFile(), 'sessions', `${directory}/sessions_text`);
    const { ino } = fs.statSync(`${directory}/sessions_text`);
    const refused = await install(directory);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('its program is called sessions, not sessions_text');
    await remove(directory);
    expect(fs.statSync(`${directory}/sessions_text`).ino).toBe(ino);
    expect(fs.readdirSync(directory)).not.toContain('sessions');
  });

  it('stands under the name of an unfinished one', async () => {
    fs.mkdirSync(`${directory}/sessions-new`);
    expect(await install(directory)).toMatchObject({ code: 1, stdout: '' });
    expect((await remove(directory)).stderr).toContain('sessions-new');
    expect(fs.existsSync(`${directory}/sessions-new`)).toBe(true);
  });

  it('may be changed by others', async () => {
    await pinOwn(await objectFile(), 'sessions', `${directory}/sessions`);
    fs.chmodSync(`${directory}/sessions`, 0o666);
    expect(findPin(directory, 'sessions')).toMatchObject({
      kind: 'untrusted',
      why: expect.stringContaining('mode 666'),
    });
    // It is root's own, and is given its mode.
    expect((await install(directory)).code).toBe(0);
    expect(findPin(directory, 'sessions').kind).toBe('pin');
  });

  it('lies where others may put one', async () => {
    await install(directory);
    for (const mode of [0o1777, 0o770, 0o777]) {
      fs.chmodSync(directory, mode);
      expect(findPin(directory, 'sessions')).toMatchObject({ kind: 'untrusted' });
      expect((await stateOf(directory))?.state).toBe('untrusted');
      const refused = await install(directory);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain('may be written by others than root');
    }
    fs.chmodSync(directory, 0o755);
    fs.chownSync(directory, FORGER, 0);
    expect(findPin(directory, 'sessions')).toMatchObject({ kind: 'untrusted' });
    expect((await install(directory)).stderr).toContain('belongs to user 3001');
  });

  it('is looked for by a way that others can change', async () => {
    const above = makeScratch();
    fs.symlinkSync(directory, `${above}/way`);
    await install(directory);
    expect(findPin(directory, 'sessions').kind).toBe('pin');
    expect(findPin(`${above}/way`, 'sessions')).toMatchObject({
      kind: 'untrusted',
      why: expect.stringContaining('symbolic link'),
    });
    expect(await install(`${above}/way`)).toMatchObject({ code: 1, stdout: '' });
    fs.chmodSync(above, 0o777);
    expect(findPin(`${above}/way`, 'sessions')).toMatchObject({ kind: 'untrusted' });
  });

  it('is a file of another kind of file system', async () => {
    const plain = makePinsPlace();
    fs.mkdirSync(plain);
    fs.writeFileSync(`${plain}/sessions`, 'BMLP');
    expect(findPin(plain, 'sessions')).toMatchObject({ kind: 'untrusted', why: expect.stringContaining('no pin') });
    const refused = await install(plain);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('what is in it would be hidden');
    expect((await remove(plain)).stderr).toContain(`left ${plain}`);
    expect(fs.readFileSync(`${plain}/sessions`, 'utf8')).toBe('BMLP');
  });

  it('does not keep what stands beside it from being removed', async () => {
    await install(directory);
    fs.mkdirSync(`${directory}/stranger`);
    const removed = await remove(directory);
    expect(removed.stdout).toContain('removed sessions');
    expect(removed.stderr).toContain('stranger in it');
    expect(fs.readdirSync(directory)).not.toContain('sessions');
    expect(mountsOn(directory)).toHaveLength(1);
  });
});
