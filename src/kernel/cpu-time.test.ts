import { describe, expect, it } from 'vitest';
import { value } from '../model/outcome.ts';
import { type CpuTime, cpuBetween, NO_CPU_TIME, readCpuTime } from './cpu-time.ts';
import type { HeldProcess } from './procfs.ts';

const reading = (threads: Record<string, bigint>, ...ticks: bigint[]): CpuTime => {
  return { threadsNs: new Map(Object.entries(threads)), ticks };
};

describe('cpuBetween()', () => {
  it.each<[string, CpuTime, CpuTime, bigint]>([
    ['of threads, to the nanosecond', reading({ 7: 5n }, 3n), reading({ 7: 9n }, 3n), 4n],
    ['of one that was born meanwhile, all', reading({ 7: 5n }), reading({ 7: 5n, 8: 2n }), 2n],
    [
      'of those that came and went, by the ticks',
      reading({ 7: 0n }, 10n, 4n),
      reading({ 7: 0n }, 30n, 4n),
      190_000_000n,
    ],
    [
      'of children that came and went',
      reading({ 7: 0n }, 0n, 0n, 5n, 5n),
      reading({ 7: 0n }, 0n, 0n, 9n, 8n),
      50_000_000n,
    ],
    ['not what may only be rounding', reading({ 7: 0n }, 9n, 9n), reading({ 7: 10n }, 10n, 10n), 10n],
    ['of a new process, all', NO_CPU_TIME, reading({ 7: 6n }, 0n, 0n), 6n],
  ])('tells what was used: %s', (_, before, after, expected) => {
    expect(cpuBetween(before, after)).toBe(expected);
  });
});

describe('readCpuTime()', () => {
  const stat = '7 (a) b) S 1 7 7 0 -1 4194304 1 2 3 4 11 12 13 14 20 0 1 0 99';
  const held = (text: string) => {
    const read = (name: string) => value(Buffer.from(name === 'stat' ? text : '42 0 1\n', 'latin1'));
    return { read, list: () => value(['7']) } as unknown as HeldProcess;
  };

  it('counts fields from the end of the name', () => {
    expect(readCpuTime(held(stat))).toEqual(value(reading({ 7: 42n }, 11n, 12n, 13n, 14n)));
  });

  it('makes nothing up of a line that is damaged', () => {
    const damaged = readCpuTime(held(stat.replace(' 12 13', ' x 13')));
    expect(damaged).toMatchObject({ kind: 'malformed', error: { message: expect.stringContaining('stime (15)') } });
  });
});
