import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MachineLook } from '../../src/look/machine-look.ts';
import type { Coverage } from '../../src/model/coverage.ts';
import type { WireObject } from '../../src/relations/wire.ts';
import { compile, install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lockRows } from '../makers/lock-rows.ts';
import { makeLocks, untilWaiting } from '../makers/locks.ts';
import { homesIn } from '../makers/look.ts';
import { asUser, inMountNamespace, inPidNamespace } from '../makers/namespaces.ts';
import { bundleWithKoffi, output } from '../makers/observe-elsewhere.ts';
import { hasEnded } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Where no process is denied, everybody who has a lock is seen. */
const ALL_OR_PART = expect.stringMatching(/^(?:all|part)$/);

interface LockRow extends WireObject {
  readonly id: number;
  readonly path: string | null;
  readonly pid: number | null;
  readonly holders: readonly WireObject[] | null;
}

/** The rows of files in a directory. */
async function rowsIn(directory: string, options: Readonly<Record<string, boolean>> = {}): Promise<LockRow[]> {
  const look = await MachineLook.open({ homes: [] });
  const rows = (await lockRows(look, options)) as LockRow[];
  return rows.filter(({ path }) => path?.startsWith(`${directory}/`));
}

const pidsOf = ({ holders }: LockRow) => holders?.map(({ pid }) => pid);

describe('plumb locks', () => {
  requires('cc');

  it('tells who has a flock whose maker has ended, and the maker apart', async () => {
    const directory = makeScratch();
    const child = await makeLocks(directory, ['open:f', 'flock:0:ex', 'leave', 'pause']);
    const maker = Number(/WRITE (\d+)/.exec(lineOf(`${directory}/f`))?.[1]);
    await waitFor('the end of its maker', () => hasEnded(maker));
    const [row, ...others] = await rowsIn(directory);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'flock',
      mode: 'write',
      status: 'held',
      start_byte: '0',
      end_byte: null,
      path: `${directory}/f`,
      ino: String(fs.statSync(`${directory}/f`).ino),
      pid: child,
      caller_pid: maker,
      holders: [{ pid: child, comm: expect.stringContaining('locks'), fd: 3, session: null }],
      holders_seen: ALL_OR_PART,
      waits_for: null,
      blocked: 0,
      cycle: null,
      sessions: [],
    });
    expect(child).not.toBe(maker);
  });

  it('tells everybody who shares a lock of an open file, and who waits for it, whom the kernel does not name', async () => {
    const directory = makeScratch();
    const child = await makeLocks(directory, ['open:f', 'ofd:0:w:0:100', 'fork', 'pause']);
    const waiter = await makeLocks(directory, ['open:f', 'ofd:0:r:50:0']);
    await untilWaiting(`${directory}/f`);
    const [held, waiting] = await rowsIn(directory);
    expect(held).toMatchObject({ kind: 'ofd', start_byte: '0', end_byte: '99', caller_pid: null, blocked: 1 });
    expect(pidsOf(held as LockRow)).toHaveLength(2);
    expect(pidsOf(held as LockRow)).toContain(child);
    expect(waiting).toMatchObject({
      kind: 'ofd',
      mode: 'read',
      status: 'waiting',
      start_byte: '50',
      end_byte: null,
      pid: waiter,
      holders: [{ pid: waiter, fd: 3 }],
      waits_for: held?.id,
      path: `${directory}/f`,
    });
    expect(waiting?.['blockers']).toMatchObject(pidsOf(held as LockRow)?.map((pid) => ({ pid })) ?? []);
  });

  it('tells two locks apart that the kernel tells in the same words, where each has one descriptor', async () => {
    const directory = makeScratch();
    const pids = [];
    for (const _ of [1, 2]) pids.push(await makeLocks(directory, ['open:f', 'ofd:0:r:0:0', 'pause']));
    const rows = await rowsIn(directory);
    expect(rows).toHaveLength(2);
    const isTold = rows.every((row) => row['holders_seen'] === 'all');
    const seen = rows.map((row) => pidsOf(row)?.toSorted((a, b) => Number(a) - Number(b)));
    if (isTold) expect(seen.flat().toSorted()).toEqual(pids.toSorted());
    else expect(seen).toEqual([pids, pids]);
  });

  it('tells who waits behind whom', async () => {
    const directory = makeScratch();
    const holder = await makeLocks(directory, ['open:f', 'flock:0:ex', 'pause']);
    const first = await makeLocks(directory, ['open:f', 'flock:0:ex']);
    await untilWaiting(`${directory}/f`);
    const second = await makeLocks(directory, ['open:f', 'flock:0:sh']);
    await untilWaiting(`${directory}/f`, 2);
    const rows = await rowsIn(directory);
    const [held, one, two] = rows;
    expect(rows.map(({ pid }) => pid)).toEqual([holder, first, second]);
    expect(rows.map((row) => row['waits_for'])).toEqual([null, held?.id, one?.id]);
    expect(rows.map((row) => row['blocked'])).toEqual([2, 1, 0]);
    expect(two?.['blockers']).toMatchObject([{ pid: first }, { pid: holder }]);
    expect(rows.map((row) => row['status'])).toEqual(['held', 'waiting', 'waiting']);
  });

  it('tells leases, and who waits until one is given back', async () => {
    const directory = makeScratch();
    const holder = await makeLocks(directory, ['open:f', 'lease:0:w', 'pause']);
    const [lease] = await rowsIn(directory);
    expect(lease).toMatchObject({ kind: 'lease', mode: 'write', status: 'held', pid: holder, caller_pid: holder });
    const breaker = await makeLocks(directory, ['break:f']);
    await waitFor('the lease to be broken', () => lineOf(`${directory}/f`).includes('BREAKING'));
    const [broken, waiting] = await rowsIn(directory);
    expect(broken).toMatchObject({ status: 'breaking', mode: 'none', pid: holder, blocked: 1 });
    expect(waiting).toMatchObject({ kind: 'lease', status: 'waiting', pid: breaker, path: `${directory}/f` });
    expect(waiting?.['ino']).toBe(broken?.['ino']);
  });

  it('finds files that have no name any more, and a lock that a thread keeps for itself', async () => {
    const directory = makeScratch();
    const first = await makeLocks(directory, ['open:f', 'unlink:f', 'posix:0:w:5:10', 'flock:0:sh', 'pause']);
    const alone = await makeLocks(directory, ['alone', 'open:g', 'flock:0:ex', 'pause']);
    const rows = await rowsIn(directory);
    const told = rows.map(({ kind, path, pid, start_byte, end_byte }) => [kind, path, pid, start_byte, end_byte]);
    expect(told.toSorted()).toEqual([
      ['flock', `${directory}/f (deleted)`, first, '0', null],
      ['flock', `${directory}/g`, alone, '0', null],
      ['posix', `${directory}/f (deleted)`, first, '5', '14'],
    ]);
  });

  it.each([
    ['two flocks', 'flock:0:ex', 'flock:1:ex', 'flock:1:ex', 'flock:0:ex'],
    ['two locks of open files', 'ofd:0:w:0:0', 'ofd:1:w:0:0', 'ofd:1:w:0:0', 'ofd:0:w:0:0'],
    ['one of each', 'posix:0:w:0:0', 'flock:1:ex', 'flock:1:ex', 'posix:0:w:0:0'],
  ])('finds a circle of %s', async (_, own, wants, other, wantsOther) => {
    const directory = makeScratch();
    const [one, two] = await Promise.all([
      makeLocks(directory, ['open:f', 'open:g', own, 'make:a', 'await:b', wants]),
      makeLocks(directory, ['open:f', 'open:g', other, 'make:b', 'await:a', wantsOther]),
    ]);
    await makeLocks(directory, ['open:h', 'flock:0:ex', 'pause']);
    await untilWaiting(`${directory}/f`);
    await untilWaiting(`${directory}/g`);
    const rows = await rowsIn(directory, { deadlocks: true });
    expect(rows.map(({ path, status, pid }) => [path, status, pid]).toSorted()).toEqual(
      [
        [`${directory}/f`, 'held', one],
        [`${directory}/f`, 'waiting', two],
        [`${directory}/g`, 'held', two],
        [`${directory}/g`, 'waiting', one],
      ].toSorted(),
    );
    expect(new Set(rows.map(({ cycle }) => cycle)).size).toBe(1);
    const isSeen = rows.every((row) => row['holders_seen'] === 'all');
    expect(new Set(rows.map((row) => row['deadlock']))).toEqual(new Set([isSeen ? 'certain' : 'possible']));
  });

  it('names the session of a child that has left the terminal', async () => {
    const directory = makeScratch();
    const command = `locker${globalThis.process.pid}`.slice(0, 15);
    const program = install('locks', `${directory}/bin/${command}`);
    const [home] = makeDirectories(directory, 'homes/ada');
    const steps = ['fork', 'setsid', `open:${directory}/f`, 'flock:0:ex', 'pause'];
    const { pid } = await openTerminal([program, ...steps], { cwd: home });
    await waitFor('the lock', () => fs.existsSync(`${directory}/f`) && lineOf(`${directory}/f`) !== '');
    const look = await MachineLook.open({ homes: [homesIn(`${directory}/homes`)], commands: [command] });
    const row = (await lockRows(look, {})).find(({ path }) => path === `${directory}/f`);
    expect(row).toMatchObject({ session: 'ada', sessions: [{ name: 'ada', joined_by: 'ancestry' }] });
    expect(row?.['pid']).not.toBe(pid);
    expect(row?.['holders']).toMatchObject([{ session: 'ada' }]);
  });
});

describe('plumb locks, of what is elsewhere', () => {
  requires('cc', 'root', 'unshare', 'setpriv', 'mount namespaces', 'pid namespaces', 'a node for every user');

  it('finds a file in another mount namespace', async () => {
    const directory = makeScratch();
    const script = 'mount -t tmpfs none "$0"; cd "$0"; exec "$@"';
    const [place] = makeDirectories(directory, 'place');
    const pid = await makeLocks(directory, ['open:f', 'flock:0:ex', 'pause'], [...inMountNamespace(script), place]);
    const look = await MachineLook.open({ homes: [] });
    const row = (await lockRows(look, {})).find((it) => it['pid'] === pid);
    expect(row).toMatchObject({
      kind: 'flock',
      path: expect.stringMatching(/\/f$/),
      device: expect.stringMatching(/^0:/),
    });
  });

  async function tellThrough(directory: string, through: readonly string[]) {
    const main = bundleWithKoffi(directory, 'locks-main');
    const text = await output([...through, globalThis.process.execPath, main]);
    return JSON.parse(text) as { readonly rows: readonly LockRow[]; readonly coverage: Coverage };
  }

  it('says what another user may not see: the holder is unknown, not nobody', async () => {
    const directory = makeScratch();
    const flocker = await makeLocks(directory, ['open:f', 'flock:0:ex', 'fork', 'pause']);
    const poser = await makeLocks(directory, ['open:g', 'posix:0:w:0:0', 'pause']);
    const { rows, coverage } = await tellThrough(directory, asUser(3001));
    const inode = (name: string) => String(fs.statSync(`${directory}/${name}`).ino);
    const flock = rows.find((row) => row['ino'] === inode('f') && row['kind'] === 'flock');
    expect(flock).toMatchObject({ pid: null, holders: null, holders_seen: 'none', path: null });
    expect(flock?.['caller_pid']).not.toBeNull();
    const posix = rows.find((row) => row['ino'] === inode('g'));
    expect(posix).toMatchObject({ pid: poser, holders: [{ pid: poser, fd: null }], holders_seen: 'all', path: null });
    const denied = coverage.reasons.find(({ code }) => code === 'fd_denied');
    expect(denied?.pids).toEqual(expect.arrayContaining([flocker, poser]));
    expect(coverage.complete).toBe(false);
  });

  it('finds locks in a pid namespace of its own that the table does not list there', async () => {
    const directory = makeScratch();
    const main = bundleWithKoffi(directory, 'locks-main');
    // Its maker has to have been reaped: until then its number is its own.
    const run =
      'cd "$0"; "$1" open:f flock:0:ex leave make:done pause >&2 & wait $!; until [ -e done ]; do :; done; exec "$2" "$3"';
    const programs = [directory, compile('locks'), globalThis.process.execPath, main];
    const text = await output(inPidNamespace('sh', '-c', run, ...programs));
    const { rows, coverage } = JSON.parse(text) as { readonly rows: readonly LockRow[]; readonly coverage: Coverage };
    const row = rows.find(({ path }) => path === `${directory}/f`);
    expect(row).toMatchObject({ kind: 'flock', status: 'held', caller_pid: null, holders_seen: 'part' });
    expect(row?.pid).toBeGreaterThan(1);
    expect(coverage.reasons.map(({ code }) => code)).toContain('pid_namespace');
  });
});

describe('plumb locks beside lslocks', () => {
  requires('cc', 'lslocks');

  it('says the same of each lock and each waiter, but for who has it', async () => {
    const directory = makeScratch();
    await makeLocks(directory, ['open:f', 'flock:0:sh', 'open:g', 'posix:1:w:7:3', 'open:h', 'ofd:2:r:1:0', 'pause']);
    await makeLocks(directory, ['open:f', 'flock:0:ex']);
    await makeLocks(directory, ['open:g', 'posix:0:r:0:0']);
    await untilWaiting(`${directory}/f`);
    await untilWaiting(`${directory}/g`);
    const inodes = new Set(['f', 'g', 'h'].map((name) => String(fs.statSync(`${directory}/${name}`).ino)));
    const columns = 'pid,type,mode,inode,maj:min,start,end,path,blocker';
    const said = JSON.parse(execFileSync('lslocks', ['-J', '-u', '-o', columns], { encoding: 'utf8' })) as {
      readonly locks: readonly Readonly<Record<string, string | number | null>>[];
    };
    const theirs = said.locks.filter((it) => inodes.has(String(it['inode'])));
    const ours = (await rowsIn(directory)).map((row) => {
      const isOfd = row['kind'] === 'ofd';
      return {
        // It has no way to find out who has a lock of an open file, nor of which file it is.
        pid: isOfd ? -1 : row.pid,
        type: isOfd ? 'OFDLCK' : String(row['kind']).toUpperCase(),
        mode: String(row['mode']).toUpperCase() + (row['status'] === 'waiting' ? '*' : ''),
        inode: Number(row['ino']),
        'maj:min': row['device'],
        start: Number(row['start_byte']),
        // It tells 0 for the end of the file.
        end: Number(row['end_byte'] ?? 0),
        path: isOfd ? expect.anything() : row.path,
        blocker: (row['blockers'] as WireObject[]).at(-1)?.['pid'] ?? null,
      };
    });
    const inOrder = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    expect(theirs.map((it) => ({ ...it })).toSorted(inOrder)).toEqual(ours.toSorted(inOrder));
  });
});

/** What the table says of a file. */
function lineOf(path: string): string {
  const { ino } = fs.statSync(path, { bigint: true });
  const lines = fs.readFileSync('/proc/locks', 'latin1').split('\n');
  return lines.find((line) => line.includes(`:${ino} `)) ?? '';
}
