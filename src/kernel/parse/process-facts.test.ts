import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parsePageSize } from './auxv.ts';
import { parseNamespaceLink } from './namespace-link.ts';
import { parseStatTimes } from './proc-stat-times.ts';
import { parseResidentPages } from './proc-statm.ts';
import { parseUserIds } from './proc-status.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const STAT = 'S 100 110 100 34816 110 4194304 1 2 3 4 57 61 7 8 20 0 11 0 123456 99 1234 18446744073709551615 1\n';

describe('the parsers of processes', () => {
  it.each(Object.entries({ parsePageSize, parseResidentPages, parseStatTimes, parseUserIds }))(
    '%s gives a value or a ParseError for any bytes',
    (_, parse) => {
      const junk = fc.oneof(
        fc.uint8Array({ maxLength: 400 }),
        fc.string().map((text) => bytes(`7 (a) ${text}`)),
      );
      fc.assert(
        fc.property(junk, (it) => isValueOrDamage(() => parse(it))),
        { numRuns: 500 },
      );
    },
  );

  it('parseNamespaceLink gives a value or a ParseError for any text', () => {
    fc.assert(fc.property(fc.string(), (it) => isValueOrDamage(() => parseNamespaceLink(it))));
    expect(parseNamespaceLink('mnt:[4026531841]')).toBe(4026531841n);
    expect(parseNamespaceLink('pid_for_children:[18446744073709551615]')).toBe(18446744073709551615n);
    expect(() => parseNamespaceLink('socket:[12')).toThrow(ParseError);
  });

  it.each(['claude', ') R 1 1 1', 'a\nb', ')))'])('counts the fields of stat from the end of the name %j', (comm) => {
    expect(parseStatTimes(bytes(`7 (${comm}) ${STAT}`))).toEqual({ userTicks: 57, systemTicks: 61 });
  });

  it('does not take a stat line that is cut for one of less', () => {
    expect(() => parseStatTimes(bytes(`7 (a) ${STAT.slice(0, STAT.indexOf(' 61'))}`))).toThrow(ParseError);
  });

  it('reads how much is in RAM', () => {
    expect(parseResidentPages(bytes('5000 1234 800 1 0 700 0\n'))).toBe(1234);
    expect(parseResidentPages(bytes('0 0 0 0 0 0 0\n'))).toBe(0);
    expect(() => parseResidentPages(bytes('5000'))).toThrow(ParseError);
  });

  it.each([
    ['64-bit, low byte first', 8, true],
    ['32-bit, low byte first', 4, true],
    ['64-bit, high byte first', 8, false],
    ['32-bit, high byte first', 4, false],
  ])('finds the size of a page in an auxiliary vector: %s', (_, wordBytes, isLittle) => {
    const vector = auxv(
      [
        [33, 0x7fff_1000],
        [51, 3632],
        [16, 0xbfeb_fbff],
        [6, 16384],
        [17, 100],
        [0, 0],
      ],
      wordBytes,
      isLittle,
    );
    expect(parsePageSize(vector)).toBe(16384);
  });

  it.each([
    [
      'none',
      [
        [17, 100],
        [0, 0],
      ],
    ],
    [
      'one behind the end',
      [
        [17, 100],
        [0, 0],
        [6, 4096],
      ],
    ],
    [
      'one that is no size',
      [
        [6, 4095],
        [0, 0],
      ],
    ],
  ])('is no auxiliary vector of ours with %s', (_, pairs) => {
    expect(() => parsePageSize(auxv(pairs as [number, number][], 8, true))).toThrow(ParseError);
  });

  it('reads whose a process is, whatever it calls itself', () => {
    const status = 'Name:\ta\\nUid:\t1\t1\t1\t1\nState:\tS\nUid:\t1000\t0\t0\t0\nGid:\t1000\t5\t5\t5\n';
    expect(parseUserIds(bytes(status))).toEqual({ real: 1000, effective: 0 });
  });
});

function auxv(pairs: readonly (readonly [number, number])[], wordBytes: number, isLittle: boolean): Uint8Array {
  const buffer = new DataView(new ArrayBuffer(pairs.length * 2 * wordBytes));
  for (const [at, word] of pairs.flat().entries()) {
    if (wordBytes === 8) buffer.setBigUint64(at * 8, BigInt(word), isLittle);
    else buffer.setUint32(at * 4, word, isLittle);
  }
  return new Uint8Array(buffer.buffer);
}

function isValueOrDamage(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
  }
}
