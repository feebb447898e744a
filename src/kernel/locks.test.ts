import { describe, expect, it } from 'vitest';
import { withTables } from '../../test/makers/lock-tables.ts';
import { CoverageLog } from './coverage.ts';
import { readLockTable } from './lock-table.ts';
import { readLocks } from './locks.ts';
import type { Procfs } from './procfs.ts';
import { replayMachine } from './scene/replay.ts';
import { emptyScene, type Scene } from './scene/scene.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const stat = (pid: number, flags = 0) =>
  bytes(`${pid} (p${pid}) S 1 ${pid} ${pid} 0 0 ${flags} 0 0 0 0 0 0 0 0 20 0 1 0 700 ${'0 '.repeat(30)}\n`);

interface Said {
  /** The table, line by line. */
  readonly table: readonly string[] | null;
  /** Each process's descriptors: a link, and the locks that go with it. */
  readonly files?: Readonly<Record<number, Readonly<Record<number, readonly [string, ...string[]]>>>>;
  readonly denied?: readonly number[];
  /** The inode numbers of a process's files, where they are not 5. */
  readonly inodes?: Readonly<Record<number, number>>;
  readonly syscalls?: Readonly<Record<number, string>>;
  readonly namespace?: string;
}

function sceneOf({
  table,
  files = {},
  denied = [],
  inodes = {},
  syscalls = {},
  namespace = 'pid:[4026531836]',
}: Said): Scene {
  const scene = emptyScene(new Date(0), 1);
  scene.pids = [...Object.keys(files).map(Number), ...denied];
  scene.links.set('proc/1/ns/pid', namespace);
  if (table) scene.files.set('proc/locks', bytes(table.map((line) => `${line}\n`).join('')));
  else scene.missing.set('read proc/locks', 'ENOENT');
  for (const pid of scene.pids) scene.files.set(`proc/${pid}/stat`, stat(pid));
  for (const pid of denied) {
    scene.missing.set(`list proc/${pid}/fd`, 'EACCES');
    scene.missing.set(`list proc/${pid}/fdinfo`, 'EACCES');
  }
  for (const [pid, own] of Object.entries(files)) {
    for (const directory of ['fd', 'fdinfo']) scene.lists.set(`proc/${pid}/${directory}`, Object.keys(own));
    scene.lists.set(`proc/${pid}/task`, [pid]);
    scene.files.set(`proc/${pid}/task/${pid}/syscall`, bytes(syscalls[Number(pid)] ?? 'running\n'));
    for (const [fd, [link, ...locks]] of Object.entries(own)) {
      scene.links.set(`proc/${pid}/fd/${fd}`, link);
      scene.links.set(`proc/${pid}/task/${pid}/fd/${fd}`, link);
      const lines = locks.map((line) => `lock:\t${line}\n`).join('');
      const info = bytes(`pos:\t0\nflags:\t02\nmnt_id:\t1\nino:\t${inodes[Number(pid)] ?? 5}\n${lines}`);
      for (const of of ['', `task/${pid}/`]) scene.files.set(`proc/${pid}/${of}fdinfo/${fd}`, info);
    }
  }
  return scene;
}

function locksOf(said: Said, procfs: Procfs = replayMachine(sceneOf(said)).procfs) {
  const log = new CoverageLog();
  const facts = readLocks(procfs, { stats: new Map(), seesEverybody: true }, log);
  const rows = facts.map(({ lock, parties, seen, path, behind }) => {
    const pids = parties.map((it) => it.stat.pid);
    return [lock.kind, pids, seen, path, behind === null ? null : facts.indexOf(behind)];
  });
  return { rows, reasons: log.reasons() };
}

const FLOCK = '1: FLOCK  ADVISORY  WRITE 40 fe:00:5 0 EOF';
const OFD = '2: OFDLCK ADVISORY  READ -1 fe:00:5 0 EOF';
const POSIX = '3: POSIX  ADVISORY  WRITE 50 fe:00:5 0 9';

describe('readLocks()', () => {
  it('takes no process for a holder that has only got the number of one that has ended', () => {
    // 40 is the number of who made it, and somebody else's by now.
    const { rows } = locksOf({ table: [FLOCK], files: { 40: { 3: ['/x'] }, 50: { 3: ['/x', FLOCK] } } });
    expect(rows).toEqual([['FLOCK', [50], 'all', '/x', null]]);
  });

  it('looks at everything before it says that nobody was seen with a lock', () => {
    const odd = { 40: { 0: ['/dev/pts/3', FLOCK] } } as const;
    expect(locksOf({ table: [FLOCK], files: odd }).rows).toEqual([['FLOCK', [40], 'part', '/dev/pts/3', null]]);
    const inherited = { 40: {}, 41: { 0: ['/dev/pts/3', FLOCK] } } as const;
    expect(locksOf({ table: [FLOCK], files: inherited }).rows).toEqual([['FLOCK', [41], 'all', '/dev/pts/3', null]]);
    const { rows, reasons } = locksOf({ table: [FLOCK], files: { 40: {} } });
    expect(rows).toEqual([['FLOCK', [], 'none', null, null]]);
    expect(reasons).toEqual([{ code: 'lock_parties_unseen', count: 1, pids: [] }]);
  });

  it('finds a locked file that lies below another one of its name, and all who share it', () => {
    const files = { 40: { 3: ['/x'] }, 50: { 3: ['/x', FLOCK] }, 60: { 4: ['/x', FLOCK] } } as const;
    const { rows } = locksOf({ table: [FLOCK], files, inodes: { 40: 6 } });
    expect(rows).toEqual([['FLOCK', [50, 60], 'all', '/x', null]]);
  });

  it('knows the holder of a lock of a process, and not its file, where that may not be seen', () => {
    const { rows, reasons } = locksOf({ table: [POSIX, FLOCK], files: { 60: { 3: ['/x', FLOCK] } }, denied: [50] });
    expect(rows).toEqual([
      ['POSIX', [50], 'all', null, null],
      ['FLOCK', [60], 'part', '/x', null],
    ]);
    expect(reasons).toEqual([{ code: 'fd_denied', count: 1, pids: [50] }]);
  });

  it('asks only the processes that the table names where no lock goes with an open file', () => {
    const { rows, reasons } = locksOf({ table: [POSIX], files: { 50: { 3: ['/x', POSIX] } }, denied: [60] });
    expect(rows).toEqual([['POSIX', [50], 'all', '/x', null]]);
    expect(reasons).toEqual([]);
  });

  it("finds a process's lock with another one that shares its descriptors, and not with who has its number", () => {
    const { rows } = locksOf({ table: [POSIX], files: { 50: {}, 60: { 3: ['/x', POSIX] } } });
    expect(rows).toEqual([['POSIX', [60], 'all', '/x', null]]);
  });

  it('does not give one of two locks in the same words to anybody where there are more descriptors', () => {
    const files = { 50: { 3: ['/x', OFD] }, 51: { 3: ['/x', OFD] }, 52: { 3: ['/x', OFD] } } as const;
    const all = [50, 51, 52];
    expect(locksOf({ table: [OFD, OFD.replace('2:', '4:')], files }).rows).toEqual([
      ['OFDLCK', all, 'alike', '/x', null],
      ['OFDLCK', all, 'alike', '/x', null],
    ]);
  });

  it('finds who waits for a lock of an open file by the call that it sleeps in', () => {
    const table = [OFD, '2: -> OFDLCK ADVISORY  WRITE -1 fe:00:5 0 EOF'];
    const files = { 50: { 3: ['/x', OFD] }, 51: { 4: ['/x'] }, 52: { 4: ['/x'] } } as const;
    const [fcntl, read] = globalThis.process.arch === 'arm64' ? [25, 63] : [72, 0];
    const calls = (call: number) => `${call} 0x4 0x26 ${'0x0 '.repeat(6)}`.trimEnd();
    const waitsAlone = { table, files, syscalls: { 51: calls(fcntl), 52: calls(read) } };
    expect(locksOf(waitsAlone).rows.at(-1)).toEqual(['OFDLCK', [51], 'all', '/x', 0]);
    const two = { ...waitsAlone, syscalls: { 51: calls(fcntl), 52: calls(fcntl) } };
    expect(locksOf(two).rows.at(-1)).toEqual(['OFDLCK', [51, 52], 'among', '/x', 0]);
  });

  it('says that it does not know who waits where fewer sleep than wait', () => {
    const waiter = '2: -> OFDLCK ADVISORY  WRITE -1 fe:00:5 0 EOF';
    const files = { 50: { 3: ['/x', OFD] }, 51: { 4: ['/x'] } } as const;
    const sleeps = `${globalThis.process.arch === 'arm64' ? 25 : 72} 0x4 0x26 ${'0x0 '.repeat(6)}`.trimEnd();
    const { rows, reasons } = locksOf({ table: [OFD, waiter, waiter], files, syscalls: { 51: sleeps } });
    expect(rows.slice(1)).toEqual([
      ['OFDLCK', [], 'none', '/x', 0],
      ['OFDLCK', [], 'none', '/x', 0],
    ]);
    expect(reasons).toEqual([{ code: 'lock_parties_unseen', count: 2, pids: [] }]);
  });

  it('takes no file for the one that a process waits for which has gone on to another', () => {
    const table = [FLOCK, '1: -> FLOCK  ADVISORY  WRITE 60 fe:00:5 0 EOF'];
    const files = { 40: { 3: ['/x', FLOCK] }, 60: { 4: ['/y'] } } as const;
    const sleeps = `${globalThis.process.arch === 'arm64' ? 32 : 73} 0x4 0x2 ${'0x0 '.repeat(6)}`.trimEnd();
    const waits = { table, files, syscalls: { 60: sleeps } };
    expect(locksOf({ ...waits, inodes: { 60: 6 } }).rows.at(-1)).toEqual(['FLOCK', [60], 'all', '/x', 0]);
    // Another name of the same file is.
    expect(locksOf(waits).rows.at(-1)).toEqual(['FLOCK', [60], 'all', '/y', 0]);
  });

  it('tells who waits all the time, whoever has the lock meanwhile', () => {
    const { procfs } = replayMachine(sceneOf({ table: [FLOCK], files: { 40: {}, 41: {}, 60: { 4: ['/x'] } } }));
    const waiter = '1: -> FLOCK  ADVISORY  WRITE 60 fe:00:5 0 EOF';
    const table = (pid: number) => `${FLOCK.replace('40', String(pid))}\n${waiter}\n`;
    const { rows } = locksOf({ table: [] }, withTables(procfs, [40, 41, 40, 41].map(table)));
    expect(rows).toEqual([
      ['FLOCK', [], 'none', null, null],
      ['FLOCK', [60], 'all', null, 0],
    ]);
  });

  it('tells the file of who breaks a lease by the lease', () => {
    const lease = '4: LEASE  BREAKING  UNLCK 50 fe:00:5 0 EOF';
    const table = [lease, '4: -> LEASE  BREAKER   WRITE 51 <none>:0 0 EOF'];
    const { rows } = locksOf({ table, files: { 50: { 3: ['/x', lease] }, 51: {} } });
    expect(rows).toEqual([
      ['LEASE', [50], 'all', '/x', null],
      ['LEASE', [51], 'all', '/x', 0],
    ]);
  });

  it('finds among open files what the table of a pid namespace leaves out', () => {
    const files = { 50: { 3: ['/x', FLOCK.replace('40', '0')] } } as const;
    expect(locksOf({ table: [], files, namespace: 'pid:[2]' }).rows).toEqual([['FLOCK', [50], 'all', '/x', null]]);
    const { rows, reasons } = locksOf({ table: null, files });
    expect(rows).toHaveLength(1);
    expect(reasons.map(({ code }) => code)).toEqual(['locks_unreadable']);
  });

  it('counts damage, of the table and of an open file, and loses nothing else', () => {
    const files = { 50: { 3: ['/x', 'nonsense'], 4: ['/y', FLOCK] } } as const;
    const { rows, reasons } = locksOf({ table: [FLOCK], files });
    expect(rows).toEqual([['FLOCK', [50], 'all', '/y', null]]);
    expect(reasons).toEqual([{ code: 'malformed', count: 1, pids: [50] }]);
    expect(locksOf({ table: ['nonsense'], files }).reasons.map(({ code }) => code)).toEqual([
      'locks_unreadable',
      'malformed',
    ]);
  });

  it('leaves out what was let go of before anybody was seen with it', () => {
    const { procfs } = replayMachine(sceneOf({ table: [FLOCK], files: { 40: {} } }));
    const tables = [`${FLOCK}\n`, ''];
    expect(locksOf({ table: [] }, withTables(procfs, tables)).rows).toEqual([]);
    // Its number may be another process's since.
    const named = replayMachine(sceneOf({ table: [], denied: [50] })).procfs;
    expect(locksOf({ table: [] }, withTables(named, [`${POSIX}\n`, ''])).rows).toEqual([]);
    expect(locksOf({ table: [] }, withTables(named, [`${POSIX}\n`])).rows).toHaveLength(1);
  });
});

describe('readLockTable()', () => {
  const line = (ino: number) => `1: POSIX  ADVISORY  WRITE 50 fe:00:${ino} 0 EOF\n`;
  const many = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => line(from + index)).join('');
  const inodes = (tables: readonly string[]) => {
    const table = readLockTable(withTables(replayMachine(sceneOf({ table: [] })).procfs, tables));
    return table.kind === 'value' ? table.value.map(([head]) => Number(head.file?.ino)) : table;
  };

  it('believes a table of one piece, however often it changes', () => {
    expect(inodes([line(1), line(2)])).toEqual([1]);
  });

  it('reads a long one until two readings are alike', () => {
    expect(inodes([many(0, 2000), many(1, 2000), many(1, 2000)])).toHaveLength(2000);
    expect(inodes([many(1, 2000), many(1, 2000), many(0, 2000)])).toHaveLength(1999);
  });

  it('tells none twice that the kernel has told twice while another one came', () => {
    const flock = '7: FLOCK  ADVISORY  READ  50 fe:00:5000 0 EOF\n';
    const twice = many(0, 200).replace(line(9), line(9).repeat(2));
    expect(inodes([twice, twice])).toHaveLength(200);
    expect(inodes([many(0, 200) + flock.repeat(2), many(0, 200) + flock])).toHaveLength(201);
    expect(inodes([many(0, 200) + flock.repeat(2)])).toHaveLength(202);
  });

  it('has the pieces of each reading end elsewhere', () => {
    const firsts: (number | undefined)[] = [];
    const { procfs } = replayMachine(sceneOf({ table: [] }));
    const tables = withTables(procfs, [many(0, 200), many(1, 200), many(0, 200)]);
    const read = (name: string, first?: number) => {
      firsts.push(first);
      return tables.read(name);
    };
    readLockTable({ ...tables, read });
    expect(firsts.length).toBeGreaterThan(2);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it('loses none that any reading had, where no two are alike', () => {
    const without = (ino: number) => many(0, 200).replace(line(ino), '');
    const seen = inodes([without(1), without(2), without(3), without(4)]);
    expect(seen).toHaveLength(200);
  });
});
