import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CAN_PIN, readWhole, withIterators } from '../makers/iterators.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { inMountNamespace } from '../makers/namespaces.ts';
import { procChain, toldChain } from '../makers/proc-chain.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { COVERED, CUT, decodeBinary, decodeText, SOUND } from '../makers/told.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

describe('the working directory and what is above it', () => {
  requires('root', 'mount namespaces', 'iterators');
  const pins = withIterators(CAN_PIN);

  /** Runs a script that ends with `exec sleep 300`. */
  async function sleeperAfter(script: string, around = inMountNamespace): Promise<number> {
    const [file = '', ...argv] = around(script);
    const child = spawn(file, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const { pid = 0 } = child;
    await waitFor('the sleeper', () => processRow(pid)?.comm === 'sleep');
    return pid;
  }

  const withoutNamespace = (script: string) => ['sh', '-ec', script];

  /** What both forms tell of a process; they have to agree. */
  function toldOf(pid: number) {
    const find = ({ rows }: ReturnType<typeof decodeBinary>) => rows.find((row) => row.numbers.pid === BigInt(pid));
    const [binary, text] = [
      find(decodeBinary(readWhole(pins().sessions))),
      find(decodeText(readWhole(pins().sessionsText))),
    ];
    if (binary === undefined || text === undefined) throw new Error(`${pid} was left out`);
    expect(text.levels).toEqual(binary.levels);
    expect(text.verdict).toBe(binary.verdict);
    return { verdict: binary.verdict, chain: toldChain(binary.levels) };
  }

  it.each([0, 8, 40, 88])('is told to the root from %i directories deep', async (depth) => {
    const scratch = makeScratch();
    const pid = await sleeperAfter(`cd ${scratch}; ${deeper(depth)} exec sleep 300`, withoutNamespace);
    const told = toldOf(pid);
    expect(told).toEqual({ verdict: SOUND, chain: procChain(pid) });
    expect(told.chain.length).toBeGreaterThan(depth);
  });

  it.each([100, 130, 400])('is cut, and says so, from %i directories deep', async (depth) => {
    const scratch = makeScratch();
    const pid = await sleeperAfter(`cd ${scratch}; ${deeper(depth)} exec sleep 300`, withoutNamespace);
    const told = toldOf(pid);
    expect(told.verdict).toBe(SOUND | CUT);
    expect(told.chain).toHaveLength(96);
    expect(told.chain).toEqual(procChain(pid)?.slice(0, 96));
  });

  it('is cut where a deep directory goes over the end beyond its mount', async () => {
    const scratch = makeScratch();
    const script = `cd ${scratch}; ${deeper(90)} mkdir m; mount -t tmpfs none m; cd m; ${deeper(20)} exec sleep 300`;
    const pid = await sleeperAfter(script);
    const told = toldOf(pid);
    expect(told.verdict).toBe(SOUND | CUT);
    expect(told.chain).toEqual(procChain(pid)?.slice(0, 96));
  });

  it.each([
    ['a bind mount', 'mkdir -p a/b/c d/e; mount --bind a/b d/e; cd d/e/c'],
    [
      'a bind mount of one file system in another',
      'mkdir t; mount -t tmpfs none t; mkdir -p t/u a/b; mount --bind a t/u; cd t/u/b',
    ],
    ['a bind mount on itself', 'mkdir -p a/b; mount --bind a a; cd a/b'],
    [
      'three mounts',
      'mkdir a; mount -t tmpfs x a; mkdir a/b; mount -t tmpfs y a/b; mkdir a/b/c; mount -t tmpfs z a/b/c; cd a/b/c',
    ],
    ['two mounts on one directory', 'mkdir a; mount -t tmpfs x a; mount -t tmpfs y a; mkdir a/b; cd a/b'],
    [
      'an overlay',
      'mkdir l u w m; mkdir -p l/p/q; mount -t tmpfs none w; mkdir w/u w/w; mount -t overlay -o lowerdir=l,upperdir=w/u,workdir=w/w o m; cd m/p/q',
    ],
    ['a mount that was moved', 'mkdir a b; mount -t tmpfs x a; mkdir a/c; cd a/c; mount --move ../../a ../../b'],
    ['a mount that was taken away', 'mkdir a; mount -t tmpfs x a; mkdir -p a/c/d; cd a/c/d; umount -l ../../../a'],
    ['a directory that is gone', 'mkdir -p a/b; cd a/b; rmdir ../b'],
  ])('is told in %s', async (_, script) => {
    const scratch = makeScratch();
    const pid = await sleeperAfter(`cd ${scratch}; ${script}; exec sleep 300`);
    expect(toldOf(pid)).toEqual({ verdict: SOUND, chain: procChain(pid) });
  });

  it('is told as it is for a process in a root of its own', async () => {
    const scratch = makeScratch();
    const script = `mkdir -p ${scratch}/root/here; mount --rbind / ${scratch}/root; exec chroot ${scratch}/root sh -ec 'cd /usr/bin; exec sleep 300'`;
    const pid = await sleeperAfter(script);
    expect(toldOf(pid)).toEqual({ verdict: SOUND, chain: procChain(pid) });
  });

  it('is told as covered where something is mounted over a directory above', async () => {
    const [home] = makeDirectories(makeScratch(), 'home');
    const inode = fs.statSync(home, { bigint: true }).ino;
    fs.mkdirSync(`${home}/deep/in`, { recursive: true });
    const pid = await sleeperAfter(`cd ${home}/deep/in; mount -t tmpfs none ${home}; exec sleep 300`);
    const told = toldOf(pid);
    expect(told.verdict).toBe(SOUND | COVERED);
    // It was home, and is no more what /proc leads to.
    expect(told.chain.map(({ ino }) => ino)).toContain(inode);
    expect(procChain(pid)?.map(({ ino }) => ino)).not.toContain(inode);
  });

  it('is told as covered where it is the root, and something is mounted over that', async () => {
    const pid = await sleeperAfter('cd /; mount -t tmpfs none /; exec sleep 300');
    expect(toldOf(pid).verdict).toBe(SOUND | COVERED);
    expect(procChain(pid)?.length).toBeGreaterThan(1);
  });

  it('is not told as covered where it is itself mounted over', async () => {
    const [home] = makeDirectories(makeScratch(), 'home');
    const pid = await sleeperAfter(`cd ${home}; mount -t tmpfs none ${home}; exec sleep 300`);
    expect(toldOf(pid)).toEqual({ verdict: SOUND, chain: procChain(pid) });
  });

  it('is not told as covered where that is in another namespace only', async () => {
    const [home] = makeDirectories(makeScratch(), 'home');
    fs.mkdirSync(`${home}/deep`);
    const pid = await sleeperAfter(`cd ${home}/deep; exec sleep 300`, withoutNamespace);
    await sleeperAfter(`mount -t tmpfs none ${home}; exec sleep 300`);
    expect(toldOf(pid)).toEqual({ verdict: SOUND, chain: procChain(pid) });
  });

  it('is told as covered where three directories are mounted on elsewhere, and it is not looked which', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'a/b/c');
    fs.mkdirSync(`${home}/deep`);
    const pid = await sleeperAfter(`cd ${home}/deep; exec sleep 300`, withoutNamespace);
    const over = [home, `${scratch}/a/b`, `${scratch}/a`].map((path) => `mount -t tmpfs none ${path}`).join(';');
    await sleeperAfter(`${over}; exec sleep 300`);
    const told = toldOf(pid);
    expect(told.verdict).toBe(SOUND | COVERED);
    expect(told.chain).toEqual(procChain(pid));
  });
});

/** Makes a directory in the other, so many times, and goes into each. */
function deeper(times: number): string {
  return `n=0; while [ $n -lt ${times} ]; do mkdir d; cd d; n=$((n+1)); done;`;
}
