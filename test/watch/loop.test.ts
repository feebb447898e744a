/** The loop with a clock, a machine and a registry of the test's own. */
import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/model/errors.ts';
import { waitFor } from '../makers/wait-for.ts';
import { INTERVAL_MS, start } from './fake-loop.ts';
import { FakeMachine, FakeStore } from './fake-world.ts';

const away = () => new PlumblineError('registry', 'nothing listens there', { isTransient: true });

describe('watch()', () => {
  it('looks at once, then every interval, and writes what has changed', async () => {
    const { clock, machine, store, nextPass } = start({ ada: 101 });
    expect((await nextPass()).plan.changes).toHaveLength(1);
    machine.set({ ada: 102 });
    await waitFor('the loop to wait', () => clock.nextInMs !== null);
    expect(clock.nextInMs).toBe(INTERVAL_MS);
    clock.pass(INTERVAL_MS - 1);
    clock.pass(1);
    expect((await nextPass()).plan.changes).toMatchObject([{ name: 'ada', after: { pid: 102 } }]);
    await clock.next();
    expect((await nextPass()).plan.changes).toEqual([]);
    expect(store.told).toEqual([
      ...['open', 'hold story', 'read', 'write ada', 'announce story'],
      ...['read', 'write ada', 'read'],
    ]);
  });

  it('finishes the pass that runs when it is asked to end, and closes', async () => {
    const { store, passes, end, ended } = start({ ada: 101 });
    let open = () => {};
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    await waitFor('the pass to run', () => store.count('read') === 1);
    end();
    open();
    await ended;
    expect(passes).toHaveLength(1);
    expect(store.told.slice(2)).toEqual(['read', 'write ada', 'announce story', 'withdraw story', 'close']);
  });

  it('says that the rows are right when they are, not before, and once a connection', async () => {
    const { clock, machine, store, nextPass, told } = start({ ada: 101 });
    let open = () => {};
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    await waitFor('the first look', () => store.count('read') === 1);
    expect(store.count('announce story')).toBe(0);
    open();
    await nextPass();
    store.trouble = away();
    await clock.next();
    await waitFor('it to be told', () => told.length === 1);
    machine.set({ ada: 102 });
    store.trouble = null;
    await clock.next();
    await nextPass();
    await clock.next();
    await nextPass();
    expect(store.told.filter((it) => /^(announce|write|open)/.test(it))).toEqual([
      ...['open', 'write ada', 'announce story'],
      ...['open', 'write ada', 'announce story'],
    ]);
  });

  it('is lost like any other where the server goes away before that is said, and says it then', async () => {
    const { clock, store, told, nextPass } = start({ ada: 101 });
    store.announceTrouble = away();
    await nextPass();
    await waitFor('it to be told', () => told.length === 1);
    store.announceTrouble = null;
    await clock.next();
    await nextPass();
    expect(told).toEqual(['lost: nothing listens there', 'back']);
    await waitFor('it to be said', () => store.count('announce story') === 2);
  });

  it('says once that it cannot say so, and tries at longer and longer pauses, however well it looks', async () => {
    const { clock, store, told, nextPass } = start({ ada: 101 });
    store.announceTrouble = away();
    const pauses: number[] = [];
    for (let tries = 1; tries <= 6; tries++) {
      await nextPass();
      await waitFor('the next try', () => clock.nextInMs !== null);
      pauses.push(clock.nextInMs ?? 0);
      await clock.next();
    }
    expect(told).toEqual(['lost: nothing listens there']);
    pauses.forEach((pause, index) => {
      expect(pause).toBeGreaterThanOrEqual(Math.min(500 * 2 ** index, 30_000) / 2);
    });
  });

  it('ends well where it cannot say any more that nobody watches: the rows read as unknown, and it says so', async () => {
    const notes: string[] = [];
    const { store, nextPass, end, ended } = start({ ada: 101 }, { note: (message) => notes.push(message) });
    await nextPass();
    await waitFor('it to be said', () => store.count('announce story') === 1);
    store.trouble = away();
    end();
    await ended;
    expect(store.told.slice(-2)).toEqual(['withdraw story', 'close']);
    expect(notes).toEqual(['nothing listens there: the rows of this host read as unknown until the next sync']);
  });

  it('ends while it waits', async () => {
    const { store, nextPass, end, ended } = start({ ada: 101 });
    await nextPass();
    end();
    await ended;
    expect(store.told.at(-1)).toBe('close');
  });

  it('says once that the registry is away, tries again at longer and longer pauses, and says once that it is back', async () => {
    const { clock, machine, store, passes, told, nextPass } = start({ ada: 101 });
    const { lookMs } = await nextPass();
    store.trouble = away();
    machine.set({ ada: 102 });
    await clock.next();
    store.doorTrouble = away();
    const pauses: number[] = [];
    for (let tries = 1; tries <= 12; tries++) {
      await waitFor('the next try', () => clock.nextInMs !== null);
      pauses.push(clock.nextInMs ?? 0);
      await clock.next();
      await waitFor('that try', () => store.count('open') === tries + 1);
    }
    pauses.forEach((pause, index) => {
      const wholeMs = Math.min(500 * 2 ** index, 30_000);
      expect(pause).toBeGreaterThanOrEqual(wholeMs / 2);
      expect(pause).toBeLessThanOrEqual(Math.max(wholeMs, lookMs * 20));
    });
    expect(store.count('close')).toBe(1);
    [store.trouble, store.doorTrouble] = [null, null];
    await clock.next();
    const back = await nextPass();
    expect(back.plan.changes).toMatchObject([{ after: { pid: 102 } }]);
    expect(told).toEqual(['lost: nothing listens there', 'back']);
    expect(passes).toHaveLength(2);
    // And from then on as before.
    store.trouble = away();
    await clock.next();
    await waitFor('the first pause', () => told.length === 3 && clock.nextInMs !== null);
    expect(clock.nextInMs).toBeLessThanOrEqual(Math.max(500, back.lookMs * 20));
  });

  it('waits for a registry that is not there yet', async () => {
    const [store, told] = [new FakeStore(), [] as string[]];
    store.doorTrouble = away();
    const { clock, nextPass } = start({ ada: 101 }, { open: store.open, onLost: () => told.push('lost') });
    await waitFor('it to be told', () => told.length === 1);
    store.doorTrouble = null;
    await clock.next();
    expect((await nextPass()).plan.changes).toHaveLength(1);
  });

  it('notices at once that the server has hung up, long before the interval', async () => {
    const { clock, store, told, nextPass } = start({ ada: 101 });
    const { lookMs } = await nextPass();
    store.trouble = away();
    store.end();
    await waitFor('the loop to wait', () => clock.nextInMs !== null);
    expect(clock.nextInMs).toBeLessThanOrEqual(Math.max(20, lookMs * 20));
    await clock.next();
    await waitFor('it to be told', () => told.length === 1);
    expect(told).toEqual(['lost: nothing listens there']);
  });

  it.each(['schema', 'host_conflict', 'registry'] as const)(
    'ends with a %s error that waiting does not mend',
    async (code) => {
      const { clock, store, nextPass, ended } = start({ ada: 101 });
      await nextPass();
      store.trouble = new PlumblineError(code, 'a person has to mend it');
      await clock.next();
      await expect(ended).rejects.toMatchObject({ code });
      expect(store.told.at(-1)).toBe('close');
      expect(store.count('withdraw story')).toBe(0);
    },
  );

  it('holds the death of most of a fleet, looks again after two seconds, and writes it then', async () => {
    const all = { a: 101, b: 102, c: 103, d: 104, e: 105 };
    const none = { a: null, b: null, c: null, d: null, e: null };
    const { clock, machine, store, nextPass } = start(all);
    await nextPass();
    machine.set(none);
    await clock.next();
    const { plan, lookMs } = await nextPass();
    expect([plan.changes.length, plan.held.length]).toEqual([0, 5]);
    await waitFor('the loop to wait', () => clock.nextInMs !== null);
    expect(clock.nextInMs).toBeGreaterThanOrEqual(2000);
    expect(clock.nextInMs).toBeLessThanOrEqual(Math.max(2000, lookMs * 20));
    await clock.next();
    expect((await nextPass()).plan).toMatchObject({ held: [], changes: Array(5).fill({ isDeath: true }) });
    expect(store.stored.rows.every(({ status }) => status === 'dead')).toBe(true);
  });

  it('does not make rows older because its looks wait for a busy machine', async () => {
    const machine = new FakeMachine({ ada: 101 });
    const { now } = machine;
    const waitMs = 200;
    const busy = {
      ...{ procfs: machine.procfs, tasks: null, files: machine.files, isLive: false, askRemote: machine.askRemote },
      now: () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
        return now();
      },
    };
    const { clock, nextPass } = start({}, { machine: busy, intervalMs: 1 });
    const { lookMs } = await nextPass();
    expect(lookMs).toBeGreaterThanOrEqual(waitMs);
    await waitFor('the loop to wait', () => clock.nextInMs !== null);
    expect(clock.nextInMs).toBeLessThan((lookMs * 20) / 2);
  });

  it('says that the rows are right when nothing is held back any more', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const agents = Object.fromEntries(names.map((name, index) => [name, 101 + index]));
    const first = start(agents);
    await first.nextPass();
    const store = new FakeStore();
    store.stored = first.store.stored;
    const states: string[] = [];
    const service = { watchdogMs: null, tell: (line: string) => states.push(line), close: () => {} };
    const gone = Object.fromEntries(names.map((name) => [name, null]));
    const { clock, nextPass } = start(gone, { open: store.open, service });
    expect((await nextPass()).plan.held).toHaveLength(5);
    await waitFor('the loop to wait', () => clock.nextInMs !== null);
    expect(store.count('announce story')).toBe(0);
    expect(states).not.toContain('READY=1');
    await clock.next();
    expect((await nextPass()).plan.held).toEqual([]);
    await waitFor('it to be said', () => store.count('announce story') === 1);
    await waitFor('the service manager to be told', () => states.includes('READY=1'));
  });

  it('takes it back where a second look releases nothing, and says it again when a person has settled it', async () => {
    const all = { a: 101, b: 102, c: 103, d: 104, e: 105 };
    const { clock, machine, store, nextPass } = start(all);
    await nextPass();
    machine.program = 'vim';
    machine.set(all);
    await clock.next();
    expect((await nextPass()).plan.held).toHaveLength(5);
    await waitFor('the loop to wait', () => clock.nextInMs !== null);
    expect(store.count('retract story')).toBe(0);
    await clock.next();
    await nextPass();
    await waitFor('it to be taken back', () => store.count('retract story') === 1);
    store.stored = { ...store.stored, rows: [] };
    await clock.next();
    await nextPass();
    await waitFor('it to be said again', () => store.count('announce story') === 2);
  });

  it('says that they are not right also where it has never said that they are: nothing else would', async () => {
    const all = { a: 101, b: 102, c: 103, d: 104, e: 105 };
    const first = start(all);
    await first.nextPass();
    const [store, machine] = [new FakeStore(), new FakeMachine(all)];
    store.stored = first.store.stored;
    machine.program = 'vim';
    machine.set(all);
    const notes: string[] = [];
    const { clock, nextPass } = start({}, { open: store.open, machine, note: (message) => notes.push(message) });
    expect((await nextPass()).plan.held).toHaveLength(5);
    await clock.next();
    await nextPass();
    await waitFor('it to be said', () => store.count('retract story') === 1);
    await clock.next();
    await nextPass();
    await waitFor('the loop to wait', () => clock.nextInMs !== null);
    expect([store.count('retract story'), store.count('announce story')]).toEqual([1, 0]);
    expect(notes).toEqual([expect.stringContaining('this host is not connected')]);
  });

  it('does not say that the rows are as a sync leaves them when it is asked to end while it holds deaths', async () => {
    const all = { a: 101, b: 102, c: 103, d: 104, e: 105 };
    const { clock, machine, store, nextPass, end, ended } = start(all);
    await nextPass();
    machine.set({ a: null, b: null, c: null, d: null, e: null });
    await clock.next();
    expect((await nextPass()).plan.held).toHaveLength(5);
    end();
    await ended;
    expect(store.told.slice(-3)).toEqual(['read', 'retract story', 'close']);
  });

  it.each([0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('takes no interval of %d ms', async (intervalMs) => {
    await expect(start({}, { intervalMs }).ended).rejects.toMatchObject({ code: 'usage' });
  });

  it('wants homes and commands', async () => {
    await expect(start({}, { commands: [] }).ended).rejects.toMatchObject({ code: 'usage' });
  });
});
