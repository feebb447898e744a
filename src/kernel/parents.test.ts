import { describe, expect, it } from 'vitest';
import { value } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import { Parents, readNow } from './parents.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

const LOOK = 1000n;

function made(pid: number, ppid: number, startTimeTicks: bigint): ProcessStat {
  const rest = { comm: 'it', state: 'S', pgid: 1, sid: 1, ttyNr: 0, tpgid: -1, flags: 0, threadCount: 1 };
  return { pid, ppid, startTimeTicks, ...rest };
}

function line({ pid, ppid, startTimeTicks }: ProcessStat): Uint8Array {
  return Buffer.from(`${pid} (it) S ${ppid} 1 1 0 -1 0 ${'0 '.repeat(10)}1 0 ${startTimeTicks} 0 0\n`);
}

/** What the look has read of each, and what is there now. */
function parentOf(child: ProcessStat, listed: readonly ProcessStat[], now: readonly ProcessStat[]) {
  const there = (pid: number) => now.find((it) => it.pid === pid);
  const read = (pid: number) => {
    const stat = there(pid);
    return stat ? value(line(stat)) : ({ kind: 'gone', errno: 'ESRCH' } as const);
  };
  const asked: number[] = [];
  const procfs = {
    selfPid: 7,
    readStat: read,
    open: (pid: number) => {
      asked.push(pid);
      // Only what is asked for is there.
      return there(pid) ? value({ read: () => read(pid), close: () => {} } as unknown as HeldProcess) : read(pid);
    },
  } as unknown as Procfs;
  const parents = new Parents(procfs, new Map(listed.map((it) => [it.pid, it])), LOOK);
  const found = parents.of(child);
  expect(parents.of(child)).toBe(found);
  return { parent: found?.startTimeTicks ?? null, reads: asked.length };
}

describe('Parents', () => {
  const old = made(20, 1, 500n);
  const young = made(30, 20, LOOK + 1n);

  it('takes the table’s word for whatever was there before the look, and reads nothing', () => {
    expect(parentOf(made(30, 20, 600n), [old], [])).toEqual({ parent: 500n, reads: 0 });
  });

  it('has none that is younger than its child, none that nobody has seen, and none outside of the namespace', () => {
    expect(parentOf(made(30, 20, 400n), [old], [])).toMatchObject({ parent: null });
    expect(parentOf(made(30, 21, 600n), [old], [])).toMatchObject({ parent: null });
    expect(parentOf(made(30, 0, 600n), [made(0, 0, 1n)], [])).toMatchObject({ parent: null });
  });

  it('believes the table of a newborn whose parent is still the same', () => {
    expect(parentOf(young, [old], [old])).toEqual({ parent: 500n, reads: 1 });
  });

  it('does not take an old process for the parent of a newborn where a new one has its number by now', () => {
    const heir = made(20, 1, LOOK + 1n);
    expect(parentOf(young, [old], [heir, young])).toMatchObject({ parent: LOOK + 1n });
    expect(parentOf(young, [old], [heir, { ...young, ppid: 1 }])).toMatchObject({ parent: null });
    expect(parentOf(young, [old], [heir])).toMatchObject({ parent: null });
    expect(parentOf(young, [old], [])).toMatchObject({ parent: null });
  });

  it('reads the parent of a newborn that is not in the table', () => {
    const parent = made(25, 20, LOOK);
    const child = made(30, 25, LOOK + 1n);
    expect(parentOf(child, [old], [parent, child])).toMatchObject({ parent: LOOK });
  });
});

describe('the leader of a kernel session', () => {
  it('is meant by who was there before the look, and by a newborn while it is still there itself', () => {
    const leader = made(20, 1, 500n);
    const isMeant = (member: ProcessStat, now: ProcessStat | null) => {
      const procfs = {
        selfPid: 7,
        readStat: () => (now ? value(line(now)) : { kind: 'gone', errno: 'ESRCH' }),
      } as unknown as Procfs;
      return new Parents(procfs, new Map([[20, leader]]), LOOK).isMeant(leader, member);
    };
    expect(isMeant(made(30, 1, LOOK - 1n), null)).toBe(true);
    expect(isMeant(made(30, 1, LOOK + 1n), leader)).toBe(true);
    expect(isMeant(made(30, 1, LOOK + 1n), null)).toBe(false);
    expect(isMeant(made(30, 1, LOOK + 2n), made(20, 1, LOOK + 1n))).toBe(false);
  });
});

describe('readNow', () => {
  it('is in ticks, and null where the clock may not be read', () => {
    const of = (text: string) => readNow({ read: () => value(Buffer.from(text)) } as unknown as Procfs);
    expect(of('123.45 1.00\n')).toBe(12345n);
    expect(of('0.29 1.00\n')).toBe(29n);
    expect(of('soon\n')).toBe(null);
  });
});
