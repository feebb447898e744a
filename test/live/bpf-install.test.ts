/** `plumb bpf install`, `status` and `remove`, in a real kernel, on a directory of the test's own. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { objectFile } from '../../src/kernel/bpf/object-file.ts';
import { findPin } from '../../src/kernel/bpf/pins.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { inMountNamespace } from '../makers/namespaces.ts';
import {
  asMember,
  buildOtherVersion,
  installFor,
  makePinsPlace,
  mountBpfFs,
  mountsOn,
  OTHER_LAYOUT,
  pinOwn,
  plumbBpf,
  startBpf,
  statusOf,
} from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Loading takes the kernel a second on an idle machine, and these do it many times. */
const PATIENCE_MS = 240_000;

const GROUP = 4242;
const READER = 3001;

const install = (directory: string, ...more: readonly string[]) => installFor(GROUP, directory, ...more);

describe('plumb bpf', { timeout: PATIENCE_MS }, () => {
  requires('root', 'iterators', 'clang', 'setpriv', 'a node for every user');

  it('pins for a group, changes nothing the second time, and leaves nothing', async () => {
    const directory = makePinsPlace();
    const first = await install(directory);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^pinned in .*, a BPF file system that was mounted now, for the group 4242\n/);
    const place = fs.statSync(directory);
    expect([place.uid, place.gid, place.mode & 0o7777]).toEqual([0, GROUP, 0o750]);
    expect(mountsOn(directory)[0]).toMatch(/ rw,nosuid,nodev,noexec.* - bpf plumbline /);
    const { code, sessions } = await statusOf(directory);
    expect(code).toBe(0);
    expect(sessions).toMatchObject({ state: 'usable', mode: '0640', gid: GROUP });
    expect(sessions.rows).toBeGreaterThan(1);

    expect((await statusOf(directory)).pins.map(({ state }) => state)).toEqual(['usable', 'usable', 'usable']);

    const before = fs.readdirSync(directory).map((name) => fs.statSync(`${directory}/${name}`).ino);
    const second = await install(directory);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(/ has it all already: nothing was changed\n/);
    expect(fs.readdirSync(directory).map((name) => fs.statSync(`${directory}/${name}`).ino)).toEqual(before);
    expect((await statusOf(directory)).sessions.program).toEqual(sessions.program);

    const removed = await plumbBpf(['remove', '--directory', directory]);
    expect(removed).toMatchObject({ code: 0, stderr: '' });
    expect(removed.stdout).toMatch(/^removed sessions.* and unmounted it\n$/);
    expect(fs.existsSync(directory)).toBe(false);
    expect(mountsOn(directory)).toEqual([]);
    // The kernel lets go of a program a moment after its last user has.
    await waitFor('the program to be gone', () => !programs().includes(sessions.program?.id ?? 0));
    expect((await statusOf(directory)).code).toBe(1);
    expect((await plumbBpf(['remove', '--directory', directory])).stdout).toBe(`nothing of plumb is in ${directory}\n`);
  });

  it('tells programs what was done', async () => {
    const directory = makePinsPlace();
    const installed = JSON.parse((await install(directory, '--json')).stdout) as { pins: unknown[] };
    expect(installed).toMatchObject({ schema_version: 1, outcome: 'installed', directory, mounted: true });
    expect(installed.pins[0]).toMatchObject({ name: 'sessions', change: 'pinned', why: '', rows: expect.any(Number) });
    fs.mkdirSync(`${directory}/stranger`);
    const removed = await plumbBpf(['remove', '--json', '--directory', directory]);
    expect(JSON.parse(removed.stdout)).toMatchObject({
      outcome: 'removed',
      removed: expect.arrayContaining(['sessions']),
      left: [{ path: directory, why: 'stranger in it' }],
      unmounted: false,
    });
  });

  it('gives a new group to what is there already', async () => {
    const directory = makePinsPlace();
    await install(directory);
    const { sessions } = await statusOf(directory);
    const again = await plumbBpf(['install', '--directory', directory, '--group', `${GROUP + 1}`]);
    expect(again.stdout).toContain('has its group and mode now');
    const after = await statusOf(directory);
    expect(after.sessions).toMatchObject({ gid: GROUP + 1, program: sessions.program });
  });

  it('lets the group read, and nobody else', async () => {
    const directory = makePinsPlace();
    await install(directory);
    const within = await statusOf(directory, asMember(READER, [GROUP]));
    expect(within.code).toBe(0);
    expect(within.sessions).toMatchObject({ state: 'usable', program: null });
    const without = await statusOf(directory, asMember(READER, []));
    expect(without.code).toBe(3);
    expect(without.sessions).toMatchObject({ state: 'denied', rows: null });
    expect(without.stderr).toContain('the pins are for the group 4242: usermod');
    const [setpriv = '', ...argv] = asMember(READER, [GROUP]);
    const written = spawnSync(setpriv, [...argv, 'sh', '-c', `rm ${directory}/sessions || echo > ${directory}/x`]);
    expect(written.status).not.toBe(0);
    expect(findPin(directory, 'sessions').kind).toBe('pin');
  });

  it('is told of whoever may not install, and how', async () => {
    const directory = makePinsPlace();
    const through = asMember(READER, []);
    const refused = await plumbBpf(['install', '--directory', directory, '--group', '1'], { through });
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toBe('plumb: plumb bpf install takes root\n       sudo plumb bpf install\n');
    const nobody = await plumbBpf(['install', '--directory', directory, '--group', 'no-such-group']);
    expect(nobody.code).toBe(2);
    expect(nobody.stderr).toContain('groupadd --system no-such-group');
    expect(fs.existsSync(directory)).toBe(false);
  });

  it('pins in a directory of a BPF file system that is there already, and leaves that', async () => {
    const mounted = makePinsPlace();
    mountBpfFs(mounted);
    const directory = `${mounted}/plumbline`;
    expect((await install(directory)).stdout).toMatch(new RegExp(`^pinned in ${directory}, for the group`));
    expect(fs.statSync(directory).gid).toBe(GROUP);
    expect((await statusOf(directory)).code).toBe(0);
    await plumbBpf(['remove', '--directory', directory]);
    expect(fs.existsSync(directory)).toBe(false);
    expect(mountsOn(mounted)).toHaveLength(1);
  });

  it('finishes what an installation has left that was killed, whenever that was', async () => {
    const directory = makePinsPlace();
    // Later each time, until one is not killed any more.
    for (let round = 0, code: number | null = null; code === null; round++) {
      const { child, ended } = startBpf(['install', '--directory', directory, '--group', `${GROUP}`]);
      const timer = setTimeout(() => child.kill('SIGKILL'), 50 * 1.35 ** round);
      ({ code } = await ended);
      clearTimeout(timer);
      const found = findPin(directory, 'sessions');
      if (found.kind !== 'pin') expect(found.kind).toBe('absent');
      // Every other time all is taken away, and the next one begins anew.
      if (round % 2 === 1) await plumbBpf(['remove', '--directory', directory]);
    }
    expect((await install(directory)).code).toBe(0);
    expect((await statusOf(directory)).sessions).toMatchObject({ state: 'usable', mode: '0640', gid: GROUP });
    expect(fs.readdirSync(directory).filter((name) => name.endsWith('-new'))).toEqual([]);
    expect(mountsOn(directory)).toHaveLength(1);
  });

  const HALF_DONE: Readonly<Record<string, (directory: string) => Promise<void> | void>> = {
    'an empty directory': (directory) => fs.mkdirSync(directory, 0o700),
    'a file system that is root’s alone': (directory) => mountBpfFs(directory, 'mode=0700', 'plumbline'),
    'a pin that is not read yet': async (directory) => {
      mountBpfFs(directory, 'mode=0750', 'plumbline');
      await pinOwn(await objectFile(), 'sessions', `${directory}/sessions-new`);
    },
    'a new pin beside the old one': async (directory) => {
      mountBpfFs(directory, 'mode=0750', 'plumbline');
      await pinOwn(await objectFile(), 'sessions', `${directory}/sessions`);
      await pinOwn(buildOtherVersion(makeScratch(), OTHER_LAYOUT), 'sessions', `${directory}/sessions-new`);
    },
  };

  it.each(Object.keys(HALF_DONE))('finishes %s, and takes it away', async (state) => {
    for (const act of ['install', 'remove']) {
      const directory = makePinsPlace();
      await HALF_DONE[state]?.(directory);
      if (act === 'install') {
        expect((await install(directory)).code).toBe(0);
        expect((await statusOf(directory)).sessions).toMatchObject({ state: 'usable', mode: '0640', gid: GROUP });
        expect(fs.readdirSync(directory)).not.toContain('sessions-new');
        expect(fs.statSync(directory)).toMatchObject({ gid: GROUP });
      }
      expect(await plumbBpf(['remove', '--directory', directory])).toMatchObject({ code: 0, stderr: '' });
      expect([fs.existsSync(directory), mountsOn(directory)]).toEqual([false, []]);
    }
  });

  it('says where nobody else will see what it has mounted', async () => {
    const directory = makePinsPlace();
    const args = ['install', '--directory', directory, '--group', `${GROUP}`];
    const alone = await plumbBpf(args, { through: [...inMountNamespace('exec "$@"'), 'sh'] });
    expect(alone).toMatchObject({ code: 0, stderr: expect.stringMatching(/mount namespace of its own: .* no pin/) });
    expect(mountsOn(directory)).toEqual([]);
    expect(await install(directory)).toMatchObject({ code: 0, stderr: '' });
  });

  it('is done by one at a time', async () => {
    const directory = makePinsPlace();
    const both = await Promise.all([install(directory), install(directory)]);
    expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    const firsts = both.map(({ stdout }) => stdout.split('\n')[0] ?? '').sort();
    expect(firsts[0]).toContain('nothing was changed');
    expect(firsts[1]).toContain('that was mounted now');
    expect(mountsOn(directory)).toHaveLength(1);
  });
});

/** Programs that are in the kernel, by their numbers. */
function programs(): number[] {
  const { stdout } = spawnSync('bpftool', ['--json', 'prog', 'show'], { encoding: 'utf8' });
  return (JSON.parse(stdout) as { id: number }[]).map(({ id }) => id);
}
