import { describe, expect, it } from 'vitest';
import { withTables } from '../../test/makers/lock-tables.ts';
import { findFlocks } from './flock-holders.ts';
import { replayMachine } from './scene/replay.ts';
import { emptyScene } from './scene/scene.ts';

const HOME = { dev: 0x26n, ino: 256n };
const STAT =
  '50 (bash) S 1 50 50 34816 50 4194304 0 0 0 0 0 0 0 0 20 0 1 0 700 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0';
const INITIAL = 'pid:[4026531836]';
const bytes = (text: string) => Buffer.from(text, 'latin1');
const lock = (pid: number, device: string) => `1: FLOCK  ADVISORY  WRITE ${pid} ${device}:256 0 EOF\n`;

interface Said {
  /** What /proc/locks says; null where there is none. */
  readonly locks: string | null;
  /** The locks on the one open file of process 50; null where its files may not be seen. */
  readonly opened?: string | null;
  /** The device of that file, as stat(2) tells it. */
  readonly dev?: bigint;
  readonly namespace?: string;
  /** Whether its first thread has ended, and another lives. */
  readonly isLeaderless?: boolean;
}

function report(said: Said) {
  return reportOf(findFlocks(machineOf(said), [HOME]));
}

function reportOf([found]: ReturnType<typeof findFlocks>) {
  return found?.kind === 'held' ? found.holders.map(({ pid, isCaller }) => [pid, isCaller]) : found;
}

function machineOf({ locks, opened = '', dev = HOME.dev, namespace = INITIAL, isLeaderless = false }: Said) {
  const scene = emptyScene(new Date(0), 1);
  scene.pids = [50];
  scene.links.set('proc/1/ns/pid', namespace);
  if (locks === null) scene.missing.set('read proc/locks', 'ENOENT');
  else scene.files.set('proc/locks', bytes(locks));
  const stat = isLeaderless ? STAT.replace(') S ', ') Z ').replace(' 20 0 1 0 ', ' 20 0 2 0 ') : STAT;
  const thread = isLeaderless ? 'task/51/' : '';
  scene.files.set('proc/50/stat', bytes(stat));
  scene.files.set('proc/50/cmdline', bytes('bash\0'));
  scene.links.set('proc/50/exe', '/bin/bash');
  if (opened === null) scene.missing.set('list proc/50/fdinfo', 'EACCES');
  else {
    scene.lists.set('proc/50/task', ['50', '51']);
    scene.lists.set('proc/50/fdinfo', []);
    scene.lists.set(`proc/50/${thread}fdinfo`, ['3']);
    scene.files.set(
      `proc/50/${thread}fdinfo/3`,
      bytes(`pos:\t0\nmnt_id:\t7\n${opened.replace(/^(?=.)/gm, 'lock:\t')}`),
    );
  }
  const mounts = bytes('7 1 0:31 / / rw - btrfs d rw\n');
  for (const pid of [1, 50]) {
    scene.links.set(`proc/${pid}/ns/mnt`, 'mnt:[1]');
    scene.files.set(`proc/${pid}/mountinfo`, mounts);
  }
  scene.stats.set('proc/50/fd/3', { ...HOME, dev, nlink: 1n, rdev: 0n, isDirectory: true, used: null });
  scene.mountIds.set('proc/50/fd/3', 7);
  return replayMachine(scene).procfs;
}

describe('findFlocks()', () => {
  it('asks nobody where the table has no lock that could be on the file', () => {
    const others = '1: FLOCK  ADVISORY  WRITE 9 00:26:257 0 EOF\n2: POSIX  ADVISORY  WRITE 9 00:26:256 0 EOF\n';
    // Whoever looked at the open file would find one on it.
    expect(report({ locks: others, opened: lock(50, '00:26') })).toEqual({ kind: 'none' });
  });

  it('finds who shares it, whoever made it', () => {
    expect(report({ locks: lock(50, '00:26'), opened: lock(50, '00:26') })).toEqual([[50, true]]);
    expect(report({ locks: lock(9, '00:26'), opened: lock(9, '00:26') })).toEqual([[50, false]]);
  });

  it('does not miss a lock that a long table has passed over while others went', () => {
    const own = lock(50, '00:26');
    const others = Array.from({ length: 100 }, (_, index) => `9: POSIX  ADVISORY  WRITE 9 00:26:${index} 0 EOF\n`);
    const tables = [others.join(''), [...others, own].join('')];
    const procfs = withTables(machineOf({ locks: '', opened: own }), tables);
    expect(reportOf(findFlocks(procfs, [HOME]))).toEqual([[50, true]]);
  });

  it('finds the holder whose first thread has ended', () => {
    const own = lock(9, '00:26');
    expect(report({ locks: own, opened: own, isLeaderless: true })).toEqual([[50, false]]);
  });

  it('finds the holder on a file system whose locks are told by another device', () => {
    expect(report({ locks: lock(50, '00:1f'), opened: lock(50, '00:1f') })).toEqual([[50, true]]);
  });

  it('does not take a lock on another file of that number for one', () => {
    expect(report({ locks: lock(50, '00:1f'), opened: lock(50, '00:1f'), dev: 0x27n })).toEqual({ kind: 'none' });
  });

  it('tells who made it, as unverified, where open files may not be seen', () => {
    expect(report({ locks: lock(50, '00:26'), opened: null })).toEqual({ kind: 'unverified', callerPid: 50 });
  });

  it('says unknown of what may be a lock on it', () => {
    expect(report({ locks: lock(50, '00:1f'), opened: null })).toMatchObject({ kind: 'unknown' });
  });

  it('looks for itself in a container, and says unknown where it finds nobody', () => {
    const namespace = 'pid:[4026532200]';
    expect(report({ locks: '', opened: lock(0, '00:26'), namespace })).toEqual([[50, false]]);
    expect(report({ locks: '', namespace })).toMatchObject({ kind: 'unknown' });
  });

  it('says unknown where there is no table that it understands', () => {
    expect(report({ locks: null, opened: null })).toMatchObject({ kind: 'unknown', why: '/proc/locks: ENOENT' });
    expect(report({ locks: 'damaged\n', opened: null })).toMatchObject({ kind: 'unknown' });
    expect(report({ locks: null, opened: lock(9, '00:26') })).toEqual([[50, false]]);
  });
});
