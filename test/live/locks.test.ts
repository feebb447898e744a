import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MachineLook } from '../../src/look/machine-look.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { type LockRow, lockRows, lockRowsIn } from '../makers/lock-rows.ts';
import { makeLocks, untilWaiting } from '../makers/locks.ts';
import { homesIn } from '../makers/look.ts';
import { hasEnded } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Where no process is denied, everybody who has a lock is seen. */
const ALL_OR_PART = expect.stringMatching(/^(?:all|part)$/);

const pidsOf = ({ holders }: LockRow) => holders?.map(({ pid }) => pid);

describe('plumb locks', () => {
  requires('cc');

  it('tells who has a flock whose maker has ended, and the maker apart', async () => {
    const directory = makeScratch();
    const child = await makeLocks(directory, ['open:f', 'flock:0:ex', 'leave', 'pause']);
    const maker = Number(/WRITE (\d+)/.exec(lineOf(`${directory}/f`))?.[1]);
    await waitFor('the end of its maker', () => hasEnded(maker));
    const [row, ...others] = await lockRowsIn(directory);
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
    const [held, waiting] = await lockRowsIn(directory);
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
    const rows = await lockRowsIn(directory);
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
    const rows = await lockRowsIn(directory);
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
    const [lease] = await lockRowsIn(directory);
    expect(lease).toMatchObject({ kind: 'lease', mode: 'write', status: 'held', pid: holder, caller_pid: holder });
    const breaker = await makeLocks(directory, ['break:f']);
    await waitFor('the lease to be broken', () => lineOf(`${directory}/f`).includes('BREAKING'));
    const [broken, waiting] = await lockRowsIn(directory);
    expect(broken).toMatchObject({ status: 'breaking', mode: 'none', pid: holder, blocked: 1 });
    expect(waiting).toMatchObject({ kind: 'lease', status: 'waiting', pid: breaker, path: `${directory}/f` });
    expect(waiting?.['ino']).toBe(broken?.['ino']);
  });

  it('misses none of many, while others come and go in front of them', async () => {
    const directory = makeScratch();
    const files = Array.from({ length: 60 }, (_, index) => [`open:f${index}`, `posix:${index}:w:0:0`]).flat();
    const holders = await Promise.all([1, 2].map(() => makeLocks(directory, ['open:x', 'flock:0:sh', 'pause'])));
    const holder = await makeLocks(directory, [...files, 'pause']);
    for (const name of ['a', 'b']) await makeLocks(directory, [`open:${name}`, 'churn:0']);
    const others = await makeLocks(directory, [...files.map((step) => step.replace('open:', 'open:g')), 'pause']);
    for (let looks = 0; looks < 5; looks++) {
      const rows = await lockRowsIn(directory);
      for (const pid of [holder, others]) expect(rows.filter((row) => row.pid === pid)).toHaveLength(60);
      expect(
        rows
          .filter((row) => row.path === `${directory}/x`)
          .map(({ pid }) => pid)
          .toSorted(),
      ).toEqual(holders.toSorted());
    }
  });

  it('finds files that have no name any more, and a lock that a thread keeps for itself', async () => {
    const directory = makeScratch();
    const first = await makeLocks(directory, ['open:f', 'unlink:f', 'posix:0:w:5:10', 'flock:0:sh', 'pause']);
    const alone = await makeLocks(directory, ['alone', 'open:g', 'flock:0:ex', 'pause']);
    const rows = await lockRowsIn(directory);
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
    const rows = await lockRowsIn(directory, { deadlocks: true });
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

  it.each([
    ['who wait for one lock of an open file', ['ofd:0:w:0:0', 'pause'], ['ofd:0:w:0:0'], ['ofd:0:w:0:0']],
    [
      'who wait for another range of it each',
      ['ofd:0:w:10:10', 'pause'],
      ['ofd:0:w:0:10', 'ofd:0:w:10:10'],
      ['ofd:0:w:0:10'],
    ],
  ])('makes no deadlock of two %s, and knows whom each waits for', async (_, ...each) => {
    const directory = makeScratch();
    const pids: number[] = [];
    for (const [index, steps] of each.entries()) {
      pids.push(await makeLocks(directory, ['open:f', ...steps]));
      await untilWaiting(`${directory}/f`, index);
    }
    const rows = await lockRowsIn(directory);
    const waiters = rows.filter(({ status }) => status === 'waiting');
    expect(new Set(waiters.flatMap((row) => pidsOf(row) ?? []))).toEqual(new Set(pids.slice(1)));
    expect(rows.map(({ cycle }) => cycle)).toEqual(rows.map(() => null));
    if (rows.filter(({ status }) => status === 'held').length === 1) return;
    const blockersOf = (pid?: number) => waiters.find((row) => row.pid === pid)?.['blockers'];
    expect(blockersOf(pids[1])).toMatchObject([{ pid: pids[0] }]);
    expect(blockersOf(pids[2])).toMatchObject([{ pid: pids[1] }]);
  });

  it.each(['first', 'last'])('makes no deadlock of the %s of two readers, who waits to write', async (which) => {
    const directory = makeScratch();
    const steps = (last: readonly string[], ready: string) => ['open:f', 'ofd:0:r:0:0', `make:${ready}`, ...last];
    const asks = [['await:two', 'ofd:0:w:0:0'], ['pause']];
    const [one, two] = which === 'first' ? asks : asks.toReversed();
    const first = makeLocks(directory, steps(one ?? [], 'one'));
    await waitFor('the first lock', () => fs.existsSync(`${directory}/one`));
    const pids = [await makeLocks(directory, steps(two ?? [], 'two')), await first].toReversed();
    await untilWaiting(`${directory}/f`);
    const rows = await lockRowsIn(directory);
    const [waiter, other] = which === 'first' ? pids : pids.toReversed();
    const waiting = rows.find(({ status }) => status === 'waiting');
    expect(waiting).toMatchObject({ pid: waiter, holders_seen: 'all', blockers: [{ pid: other }] });
    expect(waiting?.['blockers']).toHaveLength(1);
    expect(rows.map(({ cycle }) => cycle)).toEqual([null, null, null]);
  });

  it('finds the holder whose first thread has ended, beside another one and alone', async () => {
    const directory = makeScratch();
    const child = await makeLocks(directory, ['open:f', 'flock:0:ex', 'fork', 'leaderless', 'pause']);
    const maker = Number(/WRITE (\d+)/.exec(lineOf(`${directory}/f`))?.[1]);
    const holders = async () => (await lockRowsIn(directory)).map((row) => pidsOf(row)?.toSorted());
    expect(await holders()).toEqual([[maker, child].toSorted()]);
    globalThis.process.kill(maker, 'SIGKILL');
    await waitFor('the end of its maker', () => hasEnded(maker));
    expect(await holders()).toEqual([[child]]);
    globalThis.process.kill(child, 'SIGKILL');
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

/** What the table says of a file. */
function lineOf(path: string): string {
  const { ino } = fs.statSync(path, { bigint: true });
  const lines = fs.readFileSync('/proc/locks', 'latin1').split('\n');
  return lines.find((line) => line.includes(`:${ino} `)) ?? '';
}
