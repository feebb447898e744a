/** `plumb locks`: narrowed to a session, and what it ends with where locks wait for each other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLocks, untilWaiting } from '../makers/locks.ts';
import { Fleet } from './plumb.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = new Fleet();
  await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

describe('plumb locks', () => {
  it('prints a line a lock and a waiter, and all columns as JSON', async () => {
    const pid = await makeLocks(fleet.directory, ['open:f', 'flock:0:ex', 'pause']);
    const waiter = await makeLocks(fleet.directory, ['open:f', 'flock:0:sh']);
    await untilWaiting(fleet.path('f'));
    const { code, stdout } = await fleet.plumb(['locks', '-o', 'tsv', '--columns', 'kind,mode,status,pid,path']);
    const lines = stdout.split('\n').filter((line) => line.includes(fleet.path('f')));
    expect([code, lines]).toEqual([
      0,
      [`flock\twrite\theld\t${pid}\t${fleet.path('f')}`, `flock\tread\twaiting\t${waiter}\t${fleet.path('f')}`],
    ]);
    const { locks } = JSON.parse((await fleet.plumb(['locks', '-o', 'json'])).stdout);
    expect(locks.find((it: { pid: number }) => it.pid === waiter)).toMatchObject({
      blockers: [{ pid, comm: expect.any(String), start_time_ticks: expect.any(String) }],
      sessions: [],
    });
  });

  it('leaves out what is not the session’s', async () => {
    await makeLocks(fleet.directory, ['open:g', 'flock:0:ex', 'pause']);
    const { code, stdout } = await fleet.plumb(['locks', 'ada', ...fleet.flags]);
    expect(stdout).toBe('');
    // Where some process may not be looked into, none is no answer.
    expect([0, 3]).toContain(code);
  });

  it('ends with 1 where locks wait for each other, and says which', async () => {
    const pid = await makeLocks(fleet.directory, ['open:h', 'open:h', 'flock:0:ex', 'flock:1:ex']);
    await untilWaiting(fleet.path('h'));
    const { code, stdout } = await fleet.plumb(['locks', '--deadlocks', '-o', 'tsv', '--columns', 'pid,status,path']);
    const lines = stdout.split('\n').filter((line) => line.startsWith(`${pid}\t`));
    expect([code, lines]).toEqual([1, [`${pid}\theld\t${fleet.path('h')}`, `${pid}\twaiting\t${fleet.path('h')}`]]);
  });
});
