import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CoverageLog } from '../../src/kernel/coverage.ts';
import { findFlocks } from '../../src/kernel/flock-holders.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import { readMountNamespaces } from '../../src/kernel/mount-namespaces.ts';
import { parseMountinfo } from '../../src/kernel/parse/mountinfo.ts';
import { readStat } from '../../src/kernel/process-stat.ts';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import { readScene, writeScene } from '../../src/kernel/scene/scene-files.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { valueOrNull } from '../../src/model/outcome.ts';
import { observe } from '../../src/observe.ts';
import { recordMachine, recordScene } from '../../src/record.ts';
import { waitFor } from '../makers/wait-for.ts';

const directories: string[] = [];
const temporary = () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-scene-'));
  directories.push(directory);
  return directory;
};
afterEach(() => {
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true });
});

describe('recordScene()', () => {
  it('writes a scene that answers like the machine did, for any configuration', async () => {
    const scene = await recordMachine(liveMachine());
    const directory = path.join(temporary(), 'scene');
    writeScene(directory, scene, 'a test');
    const fromDisk = readScene(directory);
    for (const options of [{}, { homes: [], commands: ['node'] }]) {
      const told = await observe({ ...options, machine: replayMachine(scene) });
      expect(await observe({ ...options, machine: replayMachine(fromDisk) })).toEqual(told);
    }
    expect(fromDisk.pids).toContain(globalThis.process.pid);
  });

  it('has the mount tables of every namespace', async () => {
    const scene = await recordMachine(liveMachine());
    const { procfs } = replayMachine(scene);
    const stats = scene.pids.flatMap((pid) => valueOrNull(readStat(procfs, pid)) ?? []);
    const namespaces = readMountNamespaces(procfs, stats, new CoverageLog());
    const own = namespaces.find(({ pids }) => pids.includes(globalThis.process.pid));
    expect(own?.mounts).toEqual(parseMountinfo(fs.readFileSync('/proc/self/mountinfo')));
  });

  it('tells to which session each process counts', async () => {
    const scene = await recordMachine(liveMachine());
    const look = await MachineLook.open({ machine: replayMachine(scene) });
    expect(look.stats.has(globalThis.process.pid)).toBe(true);
    // Whatever it asks, the scene has the answer.
    for (const stat of look.stats.values()) look.tagOf(stat);
    look.noteDoubts(new Set(look.snapshot.sessions));
  });

  it('says who had which file locked, and nothing of other open files', async () => {
    const directory = temporary();
    const holder = spawn('flock', ['--no-fork', directory, 'sleep', '1000']);
    try {
      await waitFor('the lock', () => fs.readFileSync('/proc/locks', 'latin1').includes(`${holder.pid} `));
      const scene = await recordMachine(liveMachine());
      const { dev, ino } = fs.statSync(directory, { bigint: true });
      const [found] = findFlocks(replayMachine(scene).procfs, [{ dev, ino }]);
      const pids = found?.kind === 'held' ? found.holders.map(({ pid }) => pid) : [];
      expect(pids).toContain(holder.pid);
      const kept = [...scene.files.keys()].filter((key) => key.includes('/fdinfo/'));
      expect(kept).toContain(`proc/${holder.pid}/fdinfo/3`);
      for (const key of kept) expect(Buffer.from(scene.files.get(key) ?? []).toString('latin1')).toContain('lock:');
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('keeps no argument that could be a secret, and no machine-id', async () => {
    const secret = 'hunter2-hunter2';
    const talkative = spawn(globalThis.process.execPath, [
      '-e',
      'setTimeout(() => {}, 1e6)',
      `--token=${secret}`,
      secret,
    ]);
    try {
      const directory = path.join(temporary(), 'scene');
      await recordScene(directory);
      const texts = fs
        .readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'latin1'));
      expect(texts.length).toBeGreaterThan(10);
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
      expect(fs.readFileSync(path.join(directory, 'etc/machine-id'), 'utf8')).toBe(`${'0'.repeat(32)}\n`);
    } finally {
      talkative.kill('SIGKILL');
    }
  });

  it('refuses a directory that holds something', async () => {
    const directory = temporary();
    fs.writeFileSync(path.join(directory, 'mine'), '');
    await expect(recordScene(directory)).rejects.toMatchObject({ code: 'scene' });
    expect(fs.readdirSync(directory)).toEqual(['mine']);
  });
});

describe('replayMachine()', () => {
  it('has no answer to a question that was never asked', async () => {
    const scene = await recordMachine(liveMachine());
    const homes = [{ kind: 'path', name: 'ada', path: '/srv/never/asked', origin: 'a test' }] as const;
    await expect(observe({ homes, machine: replayMachine(scene) })).rejects.toMatchObject({ code: 'scene' });
  });

  it('counts damaged files, and loses nothing else', async () => {
    const scene = await recordMachine(liveMachine());
    const victim = scene.pids.find((pid) => pid !== scene.selfPid && scene.files.has(`proc/${pid}/stat`)) as number;
    scene.files.set(`proc/${victim}/stat`, Buffer.from('damaged'));
    const { coverage } = await observe({ machine: replayMachine(scene) });
    expect(coverage.complete).toBe(false);
    expect(coverage.reasons).toContainEqual({ code: 'malformed', count: 1, pids: [victim] });
  });
});

describe('readScene()', () => {
  it('says what is wrong with a directory that holds none', () => {
    expect(() => readScene(temporary())).toThrow(/is no scene/);
  });
});
