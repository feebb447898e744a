import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseProcStat } from './proc-stat.ts';

const TAIL = 'S 100 110 100 34816 110 4194304 1 2 3 4 5 6 7 8 20 0 11 0 123456 9 10 18446744073709551615 1\n';
const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('parseProcStat()', () => {
  it('reads the fields that plumbline uses', () => {
    expect(parseProcStat(bytes(`4711 (claude) ${TAIL}`))).toEqual({
      pid: 4711,
      comm: 'claude',
      state: 'S',
      ppid: 100,
      pgid: 110,
      sid: 100,
      ttyNr: 34816,
      tpgid: 110,
      flags: 4194304,
      threadCount: 11,
      startTimeTicks: 123456n,
    });
  });

  it.each([
    ['a newline', 'a) b\nc'],
    ['a forged line', 'x) R 1 1 1 34817 1 0'],
    ['only brackets', ')))((('],
    ['nothing', ''],
    ['bytes that are not UTF-8', '\xff\xfe\x80'],
    ['a tab and an escape', '\t\x1b[2J'],
  ])('keeps %s in comm', (_, comm) => {
    const stat = parseProcStat(bytes(`7 (${comm}) ${TAIL}`));
    expect(stat.comm).toBe(comm);
    expect(stat.ttyNr).toBe(34816);
  });

  it('reads an unknown foreground group as negative', () => {
    expect(parseProcStat(bytes(`7 (a) ${TAIL.replace('110 4194304', '-1 4194304')}`)).tpgid).toBe(-1);
  });

  it('keeps a start time above 2^53 exact', () => {
    const stat = parseProcStat(bytes(`7 (a) ${TAIL.replace('123456', '18446744073709551615')}`));
    expect(stat.startTimeTicks).toBe(18446744073709551615n);
  });

  it.each([
    ['nothing at all', '', 'comm (2)'],
    ['no name', '4711 claude S 1', 'comm (2)'],
    ['an open name', '4711 (claude S 1 2 3', 'comm (2)'],
    ['no pid', '(a) S 1 2 3', 'comm (2)'],
    ['a pid with letters', `47x (a) ${TAIL}`, 'pid (1)'],
    ['no blank behind the name', `1 (a)${TAIL}`, 'state (3)'],
    ['a state of two letters', `1 (a) S${TAIL}`, 'state (3)'],
    ['an unknown state', `1 (a) Q${TAIL.slice(1)}`, 'state (3)'],
    ['a missing number', '1 (a) S 1 2  3 4', 'session (6)'],
    ['a minus alone', '1 (a) S - 2 3 4', 'ppid (4)'],
    ['a cut line', '1 (a) S 1 2 3 34816 110', 'tpgid (8)'],
    ['a line cut in the middle fields', '1 (a) S 1 2 3 34816 110 0 1 2 3', 'fields 10 to 19'],
    ['a start time with a sign', `1 (a) ${TAIL.replace('123456', '-23456')}`, 'starttime (22)'],
    ['a start time above 64 bits', `1 (a) ${TAIL.replace('123456', '18446744073709551616')}`, 'starttime (22)'],
    ['a number of 16 digits', `1 (a) ${TAIL.replace('100', '1000000000000000')}`, 'ppid (4)'],
  ])('refuses %s', (_, line, field) => {
    expect(() => parseProcStat(bytes(line))).toThrow(expect.objectContaining({ name: 'ParseError', field }));
  });

  it('gives a value or a ParseError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
        try {
          parseProcStat(junk);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back every name and number that the kernel can write', () => {
    const number = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    const name = fc.uint8Array({ maxLength: 15 }).map((it) => Buffer.from(it.filter((byte) => byte !== 0)));
    fc.assert(
      fc.property(name, number, number, (comm, pid, tty) => {
        const tail = TAIL.replace('34816', String(tty));
        const line = Buffer.concat([bytes(`${pid} (`), comm, bytes(`) ${tail}`)]);
        expect(parseProcStat(line)).toMatchObject({ pid, comm: comm.toString('latin1'), ttyNr: tty });
      }),
    );
  });
});
