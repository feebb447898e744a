import { describe, expect, it } from 'vitest';
import { CoverageLog } from './coverage.ts';
import { findNetNamespaces } from './net-namespaces.ts';
import { replayMachine } from './scene/replay.ts';
import { emptyScene } from './scene/scene.ts';

/** Each process with the inode of its net/dev, and its namespace where it tells that. */
function found(processes: Readonly<Record<number, readonly [filesInode: bigint, namespace: number | null]>>) {
  const scene = emptyScene(new Date(0), 1);
  scene.links.set('proc/self', '1');
  scene.files.set('proc/1/mountinfo', new Uint8Array());
  scene.links.set('proc/self/ns/net', 'net:[7]');
  scene.pids = Object.keys(processes).map(Number);
  for (const [pid, [ino, namespace]] of Object.entries(processes)) {
    if (namespace === null) scene.missing.set(`readlink proc/${pid}/ns/net`, 'EACCES');
    else scene.links.set(`proc/${pid}/ns/net`, `net:[${namespace}]`);
    const file = { dev: 1n, ino, nlink: 1n, rdev: 0n, isDirectory: false, used: null };
    scene.stats.set(`proc/${pid}/net/dev`, file);
  }
  const log = new CoverageLog();
  const namespaces = findNetNamespaces(replayMachine(scene).procfs, scene.pids, log);
  expect(log.reasons()).toEqual([]);
  return namespaces.map(({ inode, filesInode, pids }) => [inode, filesInode, pids]);
}

describe('findNetNamespaces() of processes that hide theirs', () => {
  it('takes them for our own, for one that others tell, or for another', () => {
    const processes = {
      1: [70n, 7],
      2: [80n, null],
      3: [80n, 8],
      4: [70n, null],
      5: [90n, null],
      6: [90n, null],
    } as const;
    expect(found(processes)).toEqual([
      [7n, null, [1, 4]],
      [8n, null, [3, 2]],
      [null, 90n, [5, 6]],
    ]);
  });
});
