import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { taskBytes } from '../../../test/makers/task-bytes.ts';
import { ParseError } from '../../model/errors.ts';
import { decodeTasks, type TaskMap } from './task-record.ts';
import { ABSENT, type TaskRow } from './task-row.ts';

const CLAUDE = {
  pid: 4242,
  startNs: 123_456_789_012n,
  ppid: 40,
  pgid: 4242,
  sid: 40,
  tpgid: 4242,
  ttyNr: 34819,
  ttyDev: 26,
  flags: 0x400000,
  threads: 11,
  exe: { dev: 65024, ino: 77n, name: 'claude' },
  comm: 'claude',
  levels: [
    [65024, 2n ** 33n + 5n],
    [65024, 2n],
  ],
} as const;

const ROWS = [
  { pid: 1, comm: 'systemd', levels: [[65024, 2n]] as const },
  CLAUDE,
  { pid: 9, absent: ABSENT.CWD | ABSENT.TTY_STATE, exitState: 0x20, comm: 'a) R 1\n', verdict: 1 },
];

describe('decodeTasks', () => {
  it('tells what stat tells', () => {
    expect(statOf(rowOf(CLAUDE))).toEqual({
      pid: 4242,
      comm: 'claude',
      state: 'S',
      ppid: 40,
      pgid: 4242,
      sid: 40,
      ttyNr: 34819,
      tpgid: 4242,
      flags: 0x400000,
      threadCount: 11,
      startTimeTicks: 12345n,
    });
  });

  it('keeps a name as its bytes, up to the first NUL, and all sixteen of them where there is none', () => {
    expect(rowOf({ pid: 5, comm: 'a) S 1\n\xff' }).comm).toBe('a) S 1\n\xff');
    expect(rowOf({ pid: 5, comm: 'ab\0cd' }).comm).toBe('ab');
    expect(rowOf({ pid: 5, comm: '0123456789abcdef' }).comm).toBe('0123456789abcdef');
    expect(rowOf({ pid: 5, comm: '' }).comm).toBe('');
  });

  it('says -1 of the foreground where there is no terminal, and 0 where there is nobody in it', () => {
    expect(rowOf({ pid: 5, absent: ABSENT.TTY_STATE }).tpgid).toBe(-1);
    expect(rowOf({ pid: 5, ttyNr: 34816 }).tpgid).toBe(0);
  });

  it('tells starts as the time namespace of the reader counts, whatever they are', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 63n - 1n), (startNs) => {
        expect(rowOf({ pid: 5, startNs }).startTimeTicks).toBe(startNs / 10_000_000n);
      }),
    );
    const shifted = decodeTasks(taskBytes([{ pid: 5, startNs: 5n * 10n ** 9n }], { timeOffsetNs: 10n ** 12n }));
    expect(shifted.rows[0]?.startTimeTicks).toBe(100_500n);
    const earlier = decodeTasks(taskBytes([{ pid: 5, startNs: 5n * 10n ** 9n }], { timeOffsetNs: -(10n ** 9n) }));
    expect(earlier.rows[0]?.startTimeTicks).toBe(400n);
    // As `unshare -T --boottime -20000` shows of who is older than that.
    const before = decodeTasks(taskBytes([{ pid: 5, startNs: 10n ** 9n }], { timeOffsetNs: -(10n ** 10n) }));
    expect(before.rows[0]?.startTimeTicks).toBe((2n ** 64n - 9n * 10n ** 9n) / 10_000_000n);
  });

  it('tells the way up, numbers beyond 32 bits too', () => {
    const row = rowOf(CLAUDE);
    expect(row.levels).toBe(2);
    expect([row.levelDev(0), row.levelInoHigh(0), row.levelInoLow(0)]).toEqual([65024, 2, 5]);
    expect([row.levelDev(1), row.levelInoHigh(1), row.levelInoLow(1)]).toEqual([65024, 0, 2]);
    expect(row.exeIno).toBe(77n);
    expect(row.exeName).toBe('claude');
  });

  it('tells a time before 1970, which the owner of a terminal can set', () => {
    const row = rowOf({ pid: 5, readSeconds: -5n, writtenSeconds: 1_800_000_000n });
    expect(row.ttyUsed).toEqual({ readSeconds: -5, writtenSeconds: 1_800_000_000 });
  });

  it('is of no rows as well as of many', () => {
    expect(decodeTasks(taskBytes([])).rows).toEqual([]);
    expect(decodeTasks(taskBytes(Array.from({ length: 300 }, (_, pid) => ({ pid })))).rows).toHaveLength(300);
  });

  it('reads bytes that begin at an odd place', () => {
    const bytes = taskBytes(ROWS);
    const shifted = Buffer.concat([Buffer.from([0]), bytes]).subarray(1);
    expect(decodeTasks(shifted).rows.map(statOf)).toEqual(decodeTasks(bytes).rows.map(statOf));
  });

  it('refuses a reading that was cut, wherever that is', () => {
    const bytes = taskBytes(ROWS);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeTasks(bytes.subarray(0, length))).toThrow(ParseError);
    }
  });

  it('refuses what stands behind the end', () => {
    expect(() => decodeTasks(Buffer.concat([taskBytes(ROWS), Buffer.alloc(4)]))).toThrow(ParseError);
  });

  it('refuses rows that the end does not count, and an end that has lost its count', () => {
    expect(() => decodeTasks(taskBytes(ROWS, { rowCount: 4 }))).toThrow('the count of rows, which are 3');
    expect(() => decodeTasks(taskBytes(ROWS, { isCounted: false }))).toThrow('which was lost');
  });

  it('refuses another layout', () => {
    const bytes = taskBytes(ROWS);
    bytes.writeUInt32LE(2, 4);
    expect(() => decodeTasks(bytes)).toThrow('layout 1');
  });

  it('never tells fewer rows than there are, whatever was damaged', () => {
    const bytes = taskBytes(ROWS);
    const pids = decodeTasks(bytes).rows.length;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(rowsOrError(damaged)).toBeOneOf([pids, 'ParseError']);
      }),
      { numRuns: 3000 },
    );
  });

  it('never tells fewer rows than there are, where pieces are missing or stand twice', () => {
    const bytes = taskBytes(ROWS);
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (from, to) => {
        const without = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
        const told = rowsOrError(without);
        expect(told === 'ParseError' || without.equals(bytes)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('knows whether a process is where it was', () => {
    const same = (other: Parameters<typeof rowOf>[0]) => rowOf(CLAUDE).isSamePlace(rowOf(other));
    expect(same({ ...CLAUDE, state: 0, cwdLinks: 9, tpgid: 1 })).toBe(true);
    expect(same({ ...CLAUDE, startNs: CLAUDE.startNs + 1n })).toBe(false);
    expect(same({ ...CLAUDE, comm: 'claud' })).toBe(false);
    expect(same({ ...CLAUDE, ttyDev: 27 })).toBe(false);
    expect(same({ ...CLAUDE, exe: { ...CLAUDE.exe, ino: 78n } })).toBe(false);
    expect(same({ ...CLAUDE, levels: [[65024, 2n ** 33n + 5n]] })).toBe(false);
    expect(same({ ...CLAUDE, levels: [CLAUDE.levels[0], [65024, 3n]] })).toBe(false);
  });
});

function rowOf(row: Parameters<typeof taskBytes>[0][number]): TaskRow {
  return decodeTasks(taskBytes([row])).rows[0] as TaskRow;
}

function rowsOrError(bytes: Uint8Array): number | string {
  let map: TaskMap;
  try {
    map = decodeTasks(bytes);
  } catch (error) {
    return error instanceof ParseError ? 'ParseError' : String(error);
  }
  return map.rows.length;
}

function statOf(row: TaskRow) {
  const { pid, comm, state, ppid, pgid, sid, ttyNr, tpgid, flags, threadCount, startTimeTicks } = row;
  return { pid, comm, state, ppid, pgid, sid, ttyNr, tpgid, flags, threadCount, startTimeTicks };
}
