import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { decodeArguments } from './arguments-record.ts';

const HEADER = '0\t1\t\t500\t\t\t';
const EXE = '0000fe000000000000210acd';

function reading(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
}

function line(pid: string, hex: string, { whole = '1', exe = EXE } = {}): string {
  return ['1', '', pid, '123456789', exe, whole, hex].join('\t');
}

function end(count: number | string): string {
  return `2\t${count}\t\t900\t\t\t`;
}

describe('decodeArguments', () => {
  it('takes each line apart, and keeps the bytes of arguments', () => {
    const hex = Buffer.from('node\0/a\tb\n\xff\0\0', 'latin1').toString('hex');
    const told = decodeArguments(reading(HEADER, line('7', hex), line('8', '6100'), end(2)));
    expect([...told]).toEqual([
      [7, { startNs: 123456789n, exeDev: 0xfe00, exeIno: 0x210acdn, argv: ['node', '/a\tb\n\xff'] }],
      [8, { startNs: 123456789n, exeDev: 0xfe00, exeIno: 0x210acdn, argv: ['a'] }],
    ]);
  });

  it.each([
    ['that are cut', line('7', '6100', { whole: '0' })],
    ['of a program that was not told', line('7', '6100', { exe: '' })],
    ['of a process that has no number here', line('', '6100')],
  ])('leaves out those %s', (_what, one) => {
    expect(decodeArguments(reading(HEADER, one, end(1))).size).toBe(0);
  });

  it('tells nothing where nothing was told', () => {
    expect(decodeArguments(reading(HEADER, end(0))).size).toBe(0);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another layout', reading('0\t2\t\t500\t\t\t', end(0))],
    ['no end', reading(HEADER, line('7', '6100'))],
    ['half an end', Buffer.from(`${HEADER}\n2\t0`)],
    ['a line less than were counted', reading(HEADER, line('7', '6100'), end(2))],
    ['a count that was lost', reading(HEADER, line('7', '6100'), end(''))],
    ['a line without all of its columns', reading(HEADER, '1\t\t7', end(1))],
    ['a header in between', reading(HEADER, HEADER, end(1))],
  ])('believes none of a reading with %s', (_what, bytes) => {
    expect(() => decodeArguments(bytes)).toThrow(ParseError);
  });
});
