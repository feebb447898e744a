import { describe, expect, it } from 'vitest';
import type { ProcessStat } from '../model/process.ts';
import { CoverageLog } from './coverage.ts';
import { readMountNamespaces } from './mount-namespaces.ts';
import { replayMachine } from './scene/replay.ts';
import { emptyScene, type Scene } from './scene/scene.ts';

const ROOT = '27 1 254:0 / / rw - ext4 /dev/vda rw\n';
const TABLE = `${ROOT}30 27 0:9 / /srv rw - tmpfs t rw\n`;

/** What a process of the scene answers; an errno where it does not. */
interface Process {
  readonly namespace: number | 'EACCES' | 'ENOENT';
  readonly root?: string;
  readonly table?: string;
  readonly flags?: number;
  readonly state?: string;
}

function look(processes: Readonly<Record<number, Process>>) {
  const scene: Scene = { ...emptyScene(new Date(0), 1), pids: Object.keys(processes).map(Number) };
  const answer = <T>(known: Map<string, T>, [question, key]: [string, string], value: T | string | undefined) => {
    if (value === undefined) return;
    if (typeof value === 'string' && /^E[A-Z]+$/.test(value)) scene.missing.set(`${question} ${key}`, value);
    else known.set(key, value as T);
  };
  const stats: ProcessStat[] = [];
  for (const [pid, { namespace, root, table, flags, state }] of Object.entries(processes)) {
    const link = typeof namespace === 'number' ? `mnt:[${namespace}]` : namespace;
    answer(scene.links, ['readlink', `proc/${pid}/ns/mnt`], link);
    answer(scene.links, ['readlink', `proc/${pid}/root`], root ?? 'EACCES');
    answer<Uint8Array>(scene.files, ['read', `proc/${pid}/mountinfo`], table?.startsWith('E') ? table : bytes(table));
    stats.push({ ...STAT, pid: Number(pid), flags: flags ?? 0, state: state ?? 'S' });
  }
  const log = new CoverageLog();
  const namespaces = readMountNamespaces(replayMachine(scene).procfs, stats, log);
  const told = namespaces.map(({ inode, mounts, readThrough, whole, pids }) => {
    return { inode, ids: mounts.map(({ id }) => id), readThrough, whole, pids };
  });
  return { namespaces: told, reasons: log.reasons() };
}

function bytes(text: string | undefined) {
  return text === undefined ? undefined : Buffer.from(text, 'latin1');
}

const STAT: ProcessStat = {
  pid: 0,
  comm: 'x',
  state: 'S',
  ppid: 1,
  pgid: 1,
  sid: 1,
  ttyNr: 0,
  tpgid: -1,
  flags: 0,
  threadCount: 1,
  startTimeTicks: 1n,
};

describe('readMountNamespaces()', () => {
  it('reads each namespace once, and leaves out kernel threads', () => {
    const { namespaces, reasons } = look({
      2: { namespace: 7, flags: 0x200000 },
      5: { namespace: 7, root: '/', table: TABLE },
      6: { namespace: 8, root: '/', table: '90 1 0:1 / / rw - tmpfs t rw\n' },
      9: { namespace: 7, root: '/' },
    });
    expect(namespaces).toEqual([
      { inode: 7n, ids: [27, 30], readThrough: 5, whole: true, pids: [5, 9] },
      { inode: 8n, ids: [90], readThrough: 6, whole: true, pids: [6] },
    ]);
    expect(reasons).toEqual([]);
  });

  it('passes by a chroot, a root that was unmounted, and a process that has ended', () => {
    const { namespaces } = look({
      3: { namespace: 'ENOENT' },
      4: { namespace: 7, root: 'ENOENT' },
      5: { namespace: 7, root: '/jail', table: '' },
      6: { namespace: 7, root: '/', table: '' },
      7: { namespace: 7, root: '/', table: 'ENOENT' },
      8: { namespace: 7, root: '/', table: TABLE },
    });
    expect(namespaces).toMatchObject([{ readThrough: 8, whole: true, pids: [4, 5, 6, 7, 8] }]);
  });

  it('says where only a part is seen, through the one that seems to see most', () => {
    const { namespaces, reasons } = look({
      5: { namespace: 7, root: '/srv/jail', table: '31 30 0:9 / / rw - tmpfs t rw\n' },
      6: { namespace: 7, root: '/srv', table: '30 27 0:9 / / rw - tmpfs t rw\n' },
      7: { namespace: 8, root: '/srv', table: '' },
    });
    expect(namespaces).toMatchObject([{ inode: 7n, ids: [30], readThrough: 6, whole: false }]);
    expect(reasons).toEqual([{ code: 'mount_namespace_partial', count: 2, pids: [6, 7] }]);
  });

  it('tells by the ids of mounts where those live that may not be asked', () => {
    const { namespaces, reasons } = look({
      4: { namespace: 'EACCES', table: '30 27 0:9 / / rw - tmpfs t rw\n' },
      5: { namespace: 7, root: '/', table: TABLE },
      6: { namespace: 'EACCES', table: '41 40 0:9 / / rw - tmpfs t rw\n' },
      7: { namespace: 'EACCES', table: '40 1 0:9 / / rw - tmpfs t rw\n41 40 0:9 / /srv rw - tmpfs t rw\n' },
      8: { namespace: 'EACCES', table: '' },
      9: { namespace: 'EACCES', table: 'EACCES' },
      10: { namespace: 'EACCES', table: 'ENOENT' },
      11: { namespace: 'EACCES', table: 'EINVAL' },
      12: { namespace: 'EACCES', table: 'EINVAL', state: 'Z' },
    });
    expect(namespaces).toEqual([
      { inode: 7n, ids: [27, 30], readThrough: 5, whole: true, pids: [4, 5] },
      { inode: null, ids: [40, 41], readThrough: 7, whole: false, pids: [6, 7] },
    ]);
    expect(reasons).toEqual([
      { code: 'mount_namespace_denied', count: 2, pids: [8, 9] },
      { code: 'mount_namespace_partial', count: 1, pids: [7] },
    ]);
  });

  it('counts namespaces that mounts alone keep, each once', () => {
    const kept = `${ROOT}31 27 0:4 mnt:[99] /run/a rw - nsfs nsfs rw\n32 27 0:4 mnt:[99] /run/b rw - nsfs nsfs rw\n`;
    const more = '33 27 0:4 mnt:[7] /run/c rw - nsfs nsfs rw\n34 27 0:4 net:[98] /run/d rw - nsfs nsfs rw\n';
    const { reasons } = look({ 5: { namespace: 7, root: '/', table: kept + more } });
    expect(reasons).toEqual([{ code: 'mount_namespace_unentered', count: 1, pids: [] }]);
  });

  it('says once that a table is damaged, and shows nothing of it', () => {
    const { namespaces, reasons } = look({
      5: { namespace: 7, root: '/', table: 'x' },
      6: { namespace: 7, root: '/', table: 'x' },
    });
    expect(namespaces).toEqual([]);
    expect(reasons).toEqual([{ code: 'malformed', count: 1, pids: [5] }]);
  });

  it('reads a table of more than 64 KiB to its end', () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `${100 + index} 27 0:9 / /srv/${index} rw - tmpfs t rw\n`);
    const { namespaces } = look({ 5: { namespace: 7, root: '/', table: ROOT + lines.join('') } });
    expect(namespaces[0]?.ids).toHaveLength(5001);
    expect(namespaces[0]?.ids.at(-1)).toBe(5099);
  });
});
