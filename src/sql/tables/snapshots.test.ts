import { describe, expect, it } from 'vitest';
import { changedMachine } from '../../../test/makers/changed-machine.ts';
import { needs, rowsIn } from '../../../test/makers/live-rows.ts';
import { waitFor } from '../../../test/makers/wait-for.ts';
import { MachineLook } from '../../look/machine-look.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { ObserveOptions } from '../../observe.ts';
import type { TableNeeds } from './live-table.ts';
import { snapshotsOf } from './snapshots.ts';

const STATEMENT = { isBlock: false };
const BLOCK = { isBlock: true };
const never = () => new Promise<void>(() => {});

/** Looks that end when they are told to, and what each was asked for. */
function heldLooks(patience = never) {
  const looks: { options: ObserveOptions; end: (error?: Error) => void }[] = [];
  const open = (options: ObserveOptions) => {
    return new Promise<MachineLook>((resolve, reject) => {
      looks.push({ options, end: (error) => (error ? reject(error) : resolve(MachineLook.open(options))) });
    });
  };
  return { looks, snapshots: snapshotsOf({ settings: {}, open, patience }) };
}

const begun = (looks: readonly unknown[], count: number) => waitFor(`${count} looks`, () => looks.length === count);

describe('snapshotsOf()', () => {
  it('makes one look for all that were taken before it began, and none for those after', async () => {
    const { looks, snapshots } = heldLooks();
    const first = ['sessions', 'processes', 'routes'].map((table) => {
      return rowsIn(snapshots.take(needs(table), STATEMENT), needs(table));
    });
    await begun(looks, 1);
    const second = ['sessions', 'locks'].map((table) => {
      return rowsIn(snapshots.take(needs(table), STATEMENT), needs(table));
    });
    looks[0]?.end();
    await Promise.all(first);
    await begun(looks, 2);
    const third = rowsIn(snapshots.take(needs('sessions'), STATEMENT), needs('sessions'));
    looks[1]?.end();
    await Promise.all(second);
    await begun(looks, 3);
    looks[2]?.end();
    await third;
    expect(looks).toHaveLength(3);
  });

  it('waits for no look that takes long, and for one of several that do', async () => {
    let lose = () => {};
    const patience = () =>
      new Promise<void>((resolve) => {
        lose = resolve;
      });
    const { looks, snapshots } = heldLooks(patience);
    const take = () => rowsIn(snapshots.take(needs('sessions'), STATEMENT), needs('sessions'));
    const waiting: Promise<unknown>[] = [];
    for (let count = 1; count <= 4; count++) {
      waiting.push(take());
      await begun(looks, count);
      lose();
    }
    const fifth = take();
    const sixth = take();
    looks[2]?.end();
    await waiting[2];
    await begun(looks, 5);
    for (const index of [0, 1, 3, 4]) looks[index]?.end();
    await Promise.all([...waiting, fifth, sixth]);
    expect(looks).toHaveLength(5);
  });

  it('looks as deep as what any of them reads takes', async () => {
    const depths: [TableNeeds, object][] = [
      [needs('sessions'), { proveAbsence: false, explain: false }],
      [needs('processes locks'), { proveAbsence: false, explain: false }],
      [needs('homes', 'name verdict'), { proveAbsence: true, explain: false }],
      [needs('homes', 'name bystanders'), { proveAbsence: true, explain: true }],
      [needs('homes sessions'), { proveAbsence: true, explain: true }],
      [needs('coverage'), { proveAbsence: true, explain: true }],
      [needs('coverage sessions'), { proveAbsence: false, explain: false }],
    ];
    for (const [asked, depth] of depths) {
      const { looks, snapshots } = heldLooks();
      snapshots.take(asked, STATEMENT);
      snapshots.take(needs('routes'), STATEMENT);
      await begun(looks, 1);
      expect(looks[0]?.options).toEqual(depth);
      looks[0]?.end();
    }
  });

  it('tells all that share a look why there is none, and the next one nothing of it', async () => {
    const { looks, snapshots } = heldLooks();
    const error = new PlumblineError('blind', 'nothing can be seen');
    const failed = ['sessions', 'routes'].map((table) => snapshots.take(needs(table), STATEMENT).read(needs(table)));
    const outcomes = Promise.allSettled(failed);
    await begun(looks, 1);
    looks[0]?.end(error);
    expect(await outcomes).toEqual(failed.map(() => ({ status: 'rejected', reason: error })));
    const next = rowsIn(snapshots.take(needs('processes', 'pid'), STATEMENT), needs('processes', 'pid'));
    await begun(looks, 2);
    looks[1]?.end();
    expect(await next).toContainEqual(expect.objectContaining({ pid: String(globalThis.process.pid) }));
  });

  it('refuses a table that is none', async () => {
    const { looks, snapshots } = heldLooks();
    expect(() => snapshots.take(needs('pg_class'), STATEMENT)).toThrow('there is no table pg_class');
    await begun(looks, 1);
    looks[0]?.end();
  });
});

/** A machine that counts how often some files are asked for. */
function countingMachine() {
  const counts = { locks: 0, cmdlines: 0 };
  const machine = changedMachine((procfs) => ({
    read: (name) => {
      if (name === 'locks') counts.locks += 1;
      return procfs.read(name);
    },
    bracket: (pid, read) =>
      procfs.bracket(pid, (held) => {
        return read({
          ...held,
          read: (name) => {
            if (name.endsWith('cmdline')) counts.cmdlines += 1;
            return held.read(name);
          },
          readlink: (name) => held.readlink(name),
          stat: (name) => held.stat(name),
          list: (name) => held.list(name),
          owner: () => held.owner(),
          hold: (name) => held.hold(name),
          close: () => held.close(),
        });
      }),
  }));
  // Many processes of a live machine are read another way, which nobody counts.
  return { machine: { ...machine, isLive: false }, counts };
}

describe('a snapshot', () => {
  it('reads only the tables that are named, each once', async () => {
    const { machine, counts } = countingMachine();
    const snapshots = snapshotsOf({ settings: { machine } });
    await rowsIn(snapshots.take(needs('sessions', 'name pid'), STATEMENT), needs('sessions', 'name pid'));
    await rowsIn(snapshots.take(needs('processes', 'pid comm'), STATEMENT), needs('processes', 'pid comm'));
    expect(counts).toMatchObject({ locks: 0, cmdlines: 0 });
    await rowsIn(snapshots.take(needs('process_arguments'), STATEMENT), needs('process_arguments'));
    expect(counts.locks).toBe(0);
    expect(counts.cmdlines).toBeGreaterThan(0);
    const block = snapshots.take(needs('locks'), BLOCK);
    expect(counts.locks).toBe(0);
    const again = [needs('locks', 'pid'), needs('locks'), needs('locks sessions', 'pid')];
    for (const asked of again) await rowsIn(block, asked);
    await Promise.all(again.map((asked) => block.read(asked)));
    expect(counts.locks).toBe(1);
  });

  it('tells of each table what was not seen of it alone, whoever shares the look', async () => {
    const denied = { kind: 'denied', errno: 'EACCES' } as const;
    const machine = changedMachine((procfs) => ({ read: (name) => (name === 'locks' ? denied : procfs.read(name)) }));
    const snapshots = snapshotsOf({ settings: { machine } });
    const names = ['locks', 'processes', 'mounts', 'sessions'];
    const told = await Promise.all(
      names.map((name) => {
        const asked = needs(`${name} coverage`);
        return rowsIn(snapshots.take(asked, STATEMENT), asked, 'coverage');
      }),
    );
    for (const [index, rows] of told.entries()) {
      expect(new Set(rows.map((it) => it['table_name']))).toEqual(new Set([names[index]]));
      const codes = rows.map(({ code }) => code);
      expect(codes.includes('locks_unreadable')).toBe(names[index] === 'locks');
    }
    expect(told[0]?.find(({ code }) => code === 'locks_unreadable')).toMatchObject({ complete: 'f', count: '1' });
  });

  it('reads once for all that share it, and shows each what it has asked for', async () => {
    const { machine, counts } = countingMachine();
    const snapshots = snapshotsOf({ settings: { machine } });
    const asked = [
      needs('locks', 'pid'),
      needs('locks', 'kind path'),
      needs('locks coverage', 'table_name'),
      needs('locks'),
    ];
    const taken = asked.map((it) => snapshots.take(it, STATEMENT));
    const answers = await Promise.all(taken.map((it, index) => it.read(asked[index] as TableNeeds)));
    expect(counts.locks).toBe(1);
    expect(answers.map((it) => [...it.keys()])).toEqual([['locks'], ['locks'], ['locks', 'coverage'], ['locks']]);
  });
});
