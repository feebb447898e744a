/** Turns a story into a recorded scene: the same bytes and errnos that a kernel would have given. */

import type { FileStat } from '../../src/kernel/procfs.ts';
import { emptyScene, fileKey, type Scene } from '../../src/kernel/scene/scene.ts';
import { type FileId, PF } from '../../src/model/process.ts';
import type { Story, StoryProcess } from './story.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const UPTIME_SECONDS = 10_000;
export const BOOT_ID = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const DEVPTS = 26n;

export function sceneOf(story: Story): Scene {
  const scene = emptyScene(NOW, story.self);
  const inodes = new Inodes();
  const visible = story.processes.filter(({ pid }) => !story.hidden.includes(pid));
  const foreground = new Map(
    story.processes.filter(({ words }) => words.has('fg')).map((it) => [it.fields.get('tty') ?? '', groupOf(it)]),
  );
  writeMachine(scene, story);
  for (const directory of story.directories)
    addDirectory(scene, inodes, directory, story.renamed.get(directory) ?? directory);
  for (const it of visible) writeProcess(scene, inodes, it, foreground);
  scene.pids = visible.filter(isProcess).map(({ pid }) => pid);
  scene.staticDirectories = 8;
  scene.nlink = 2 + 8 + story.processes.filter(isProcess).length;
  for (const { pid } of story.processes) scene.exists.set(pid, true);
  for (const it of story.processes) {
    const pgid = groupOf(it);
    if (!scene.exists.has(pgid)) scene.exists.set(pgid, false);
  }
  for (const path of story.absent) scene.missing.set(`stat ${fileKey(path)}`, 'ENOENT');
  listParents(scene, story.directories);
  for (const path of story.denied) deny(scene, path);
  return scene;
}

/** A thread's number can be opened, and is in no list. */
function isProcess({ fields }: StoryProcess): boolean {
  return !fields.has('tgid');
}

function writeMachine(scene: Scene, story: Story): void {
  const file = (key: string, text: string) => scene.files.set(key, Buffer.from(text));
  file('proc/stat', 'cpu 1 2 3\nprocesses 4711\n');
  file('proc/uptime', `${UPTIME_SECONDS}.00 1.00\n`);
  file('proc/sys/kernel/random/boot_id', `${BOOT_ID}\n`);
  file('proc/sys/kernel/pid_max', '32768\n');
  file('proc/tty/drivers', 'unknown              /dev/tty        4 1-63 console\n');
  file('etc/shells', '/bin/sh\n/bin/bash\n');
  file('etc/machine-id', `${'0'.repeat(32)}\n`);
  scene.missing.set('read sys/class/dmi/id/product_uuid', 'ENOENT');
  scene.links.set('proc/self', String(story.self));
  const self = `proc/${story.self}`;
  scene.links.set(`${self}/ns/pid`, 'pid:[4026531836]');
  scene.links.set(`${self}/ns/time`, 'time:[4026531834]');
  scene.links.set(`${self}/ns/mnt`, 'mnt:[4026531832]');
  file(`${self}/mountinfo`, '1 0 254:0 / / rw - ext4 /dev/vda rw\n');
}

function writeProcess(scene: Scene, inodes: Inodes, it: StoryProcess, foreground: ReadonlyMap<string, number>): void {
  const { pid, comm, fields, words } = it;
  const base = `proc/${pid}`;
  const tty = fields.get('tty');
  scene.files.set(`${base}/stat`, Buffer.from(statLine(it, tty ? (foreground.get(tty) ?? 0) : -1), 'latin1'));
  if (words.has('stat-denied')) {
    scene.files.delete(`${base}/stat`);
    scene.missing.set(`read ${base}/stat`, 'EPERM');
    scene.missing.set(`open ${base}`, 'EPERM');
    return;
  }
  const tgid = fields.get('tgid') ?? pid;
  const inner = fields.has('inner') ? `\t${fields.get('inner')}` : '';
  scene.files.set(
    `${base}/status`,
    Buffer.from(`Name:\t${comm}\nTgid:\t${tgid}\nPid:\t${pid}\nNSpid:\t${pid}${inner}\n`, 'latin1'),
  );
  const argv = (fields.get('argv') ?? comm).split(' ').join('\0');
  scene.files.set(`${base}/cmdline`, Buffer.from(`${fields.get('title') ?? argv}\0`, 'latin1'));
  const task = fields.has('task') ? `${base}/task/${fields.get('task')}` : base;
  if (fields.has('task')) {
    scene.lists.set(`${base}/task`, [String(pid), fields.get('task') as string]);
    scene.files.set(`${task}/cmdline`, Buffer.from(`${argv}\0`, 'latin1'));
  }
  scene.links.set(`${task}/ns/mnt`, 'mnt:[4026531832]');
  writeExe(scene, inodes, task, fields.get('exe') ?? `/usr/bin/${comm}`, words.has('exe-denied'));
  writeCwd(scene, inodes, task, it);
  writeTerminal(scene, task, tty);
}

function writeExe(scene: Scene, inodes: Inodes, base: string, exe: string, denied: boolean): void {
  if (denied) {
    scene.missing.set(`readlink ${base}/exe`, 'EACCES');
    return;
  }
  scene.links.set(`${base}/exe`, exe);
  scene.mountIds.set(`${base}/exe`, 1);
  scene.stats.set(`${base}/exe`, { ...inodes.directory(exe), isDirectory: false });
}

function writeCwd(scene: Scene, inodes: Inodes, base: string, { fields, words }: StoryProcess): void {
  if (words.has('cwd-denied')) {
    scene.missing.set(`readlink ${base}/cwd`, 'EACCES');
    return;
  }
  if (words.has('zombie')) {
    scene.missing.set(`readlink ${base}/cwd`, 'ENOENT');
    return;
  }
  const cwd = fields.get('cwd') ?? '/';
  const deleted = words.has('deleted');
  scene.links.set(`${base}/cwd`, deleted ? `${cwd} (deleted)` : cwd);
  scene.mountIds.set(`${base}/cwd`, 1);
  const chain = ancestors(fields.get('at') ?? cwd).map((directory) => inodes.directory(directory));
  if (deleted) chain[0] = { ...inodes.directory(`${cwd} (deleted)`), nlink: 0n };
  const root = inodes.directory('/');
  for (const [level, stat] of [...chain, root, root].entries())
    scene.stats.set(`${base}/cwd${'/..'.repeat(level)}`, stat);
}

function writeTerminal(scene: Scene, base: string, tty: string | undefined): void {
  scene.lists.set(`${base}/fd`, ['0', '1', '2']);
  for (const fd of ['0', '1', '2']) {
    scene.links.set(`${base}/fd/${fd}`, tty ? `/dev/${tty}` : '/dev/null');
    const rdev = tty ? BigInt(ttyNr(tty)) : 259n;
    scene.stats.set(`${base}/fd/${fd}`, { dev: DEVPTS, ino: 3n, nlink: 1n, rdev, isDirectory: false, used: null });
  }
}

function statLine({ pid, comm, fields, words }: StoryProcess, tpgid: number): string {
  const number = (field: string, otherwise: number) => Number(fields.get(field) ?? otherwise);
  const tty = fields.get('tty');
  const flags = (words.has('fork') ? PF.FORKNOEXEC : 0) | (words.has('dying') ? PF.EXITING : 0);
  const state = fields.get('state') ?? (words.has('zombie') || fields.has('task') ? 'Z' : 'S');
  const front = tty ? number('tpgid', tpgid) : -1;
  const head = [number('ppid', 1), number('pgid', pid), number('sid', sidOf(tty, pid)), tty ? ttyNr(tty) : 0, front];
  const times = [0, 0, 0, 0, 0, 0, 0, 0, 20, 0, number('threads', fields.has('task') ? 2 : 1), 0];
  return `${pid} (${comm}) ${state} ${[...head, flags, ...times].join(' ')} ${number('start', pid * 10)} 0 0\n`;
}

function groupOf({ pid, fields }: StoryProcess): number {
  return Number(fields.get('pgid') ?? pid);
}

/** All processes of one terminal are of one kernel session. */
function sidOf(tty: string | undefined, pid: number): number {
  return tty ? 10 + Number(tty.replace(/\D/g, '')) : pid;
}

function ttyNr(tty: string): number {
  const index = Number(tty.replace(/\D/g, ''));
  // The minor number's upper bits stand above the major's: pts/256 is 1083392.
  return tty.startsWith('pts/') ? (136 << 8) | (index & 0xff) | ((index & ~0xff) << 12) : (4 << 8) | index;
}

function addDirectory(scene: Scene, inodes: Inodes, directory: string, was: string): void {
  scene.stats.set(fileKey(directory), inodes.directory(was));
}

function listParents(scene: Scene, directories: readonly string[]): void {
  for (const directory of directories) {
    const at = directory.lastIndexOf('/');
    const key = fileKey(directory.slice(0, at));
    scene.lists.set(key, [...(scene.lists.get(key) ?? []), directory.slice(at + 1)]);
  }
}

function deny(scene: Scene, path: string): void {
  const key = fileKey(path);
  scene.stats.delete(key);
  scene.lists.delete(key);
  for (const call of ['stat', 'list']) scene.missing.set(`${call} ${key}`, 'EACCES');
}

function ancestors(path: string): string[] {
  const chain = [path];
  let rest = path;
  while (rest !== '/') {
    rest = rest.slice(0, rest.lastIndexOf('/')) || '/';
    chain.push(rest);
  }
  return chain;
}

/** The file that a story calls by this path. */
export function fileOf(path: string): FileId {
  const { dev, ino } = new Inodes().directory(path);
  return { dev, ino };
}

/** One inode a path, the same in every scene: its FNV-1a hash. */
class Inodes {
  directory(path: string): FileStat {
    let hash = 0x811c9dc5;
    for (const letter of path) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    return { dev: 65024n, ino: BigInt(hash), nlink: 2n, rdev: 0n, isDirectory: true, used: null };
  }
}
