/** The loop over somebody else's table: what it says of rows that the table does not take. */
import { expect, it, onTestFinished } from 'vitest';
import type { Table } from '../../src/registry/table/table.ts';
import { watchTable } from '../../src/watch/watch.ts';
import { FakeClock } from '../makers/fake-clock.ts';
import { makeScratch } from '../makers/scratch.ts';
import { waitFor } from '../makers/wait-for.ts';
import { COMMANDS, FakeMachine, FakeStore, HOMES, HOST_ID } from './fake-world.ts';

it('says that the rows are unknown while the table refuses one, or one does not change, and says so to its operator', async () => {
  const [clock, store, controller] = [new FakeClock(), new FakeStore(), new AbortController()];
  let refused = new Map<string, string>();
  let lost: string[] = [];
  const notes: string[] = [];
  const table = Object.assign(store, {
    mapping: { columns: {}, insert: true, touchSeconds: null },
    clockSkewMs: async () => 0,
    read: async () => [],
    readNamed: async () => [],
    apply: async () => ({ lost, refused }),
  });
  let passes = 0;
  const ended = watchTable({
    homes: HOMES,
    commands: COMMANDS,
    hostId: HOST_ID,
    ...{ clock, machine: new FakeMachine({ ada: null }), terminals: makeScratch(), signal: controller.signal },
    // All that the loop asks of a table.
    open: async () => table as unknown as Table,
    onPass: () => passes++,
    note: (message) => notes.push(message),
  });
  onTestFinished(async () => {
    controller.abort();
    await ended;
  });
  const told = () => store.told.filter((it) => /^(announce|retract)/.test(it));
  const nextPass = async (count: number) => {
    await waitFor('a pass', () => passes === count && clock.nextInMs !== null);
  };
  await nextPass(1);
  expect(told()).toEqual(['announce story']);
  refused = new Map([['ada', 'a check is violated']]);
  await clock.next();
  await nextPass(2);
  expect(told()).toEqual(['announce story', 'retract story']);
  refused = new Map();
  await clock.next();
  await nextPass(3);
  expect(told()).toEqual(['announce story', 'retract story', 'announce story']);
  // As a trigger does that leaves the row as it is, whoever writes.
  lost = ['ada'];
  await clock.next();
  await nextPass(4);
  await clock.next();
  await nextPass(5);
  expect(told().slice(3)).toEqual(['retract story']);
  expect(notes).toEqual(Array(2).fill(expect.stringContaining('this host is not connected')));
});
