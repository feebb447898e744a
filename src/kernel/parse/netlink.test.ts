import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { type NetlinkMessage, netlinkAttributes, netlinkRequest, walkNetlink } from './netlink.ts';

const message = (type: number, payload: readonly number[] = [], { sequence = 1, flags = 0 } = {}) => {
  const bytes = netlinkRequest({ type, flags, sequence }, Uint8Array.from(payload));
  return [...bytes, ...Array((4 - (bytes.length % 4)) % 4).fill(0)];
};
const parse = (...messages: readonly number[][]) => collect(Uint8Array.from(messages.flat()));
const collect = (bytes: Uint8Array) => {
  const found: Pick<NetlinkMessage, 'type' | 'sequence' | 'isTorn' | 'isLast' | 'errno' | 'payload'>[] = [];
  walkNetlink(bytes, ({ type, sequence, isTorn, isLast, errno, payload }) => {
    found.push({ type, sequence, isTorn, isLast, errno, payload });
    return false;
  });
  return found;
};
const minus = (code: number) => [...new Uint8Array(new Int32Array([-code]).buffer)];

describe('walkNetlink()', () => {
  it('splits what was received, and keeps each payload as long as it is', () => {
    const found = parse(message(20, [1, 2, 3]), message(24, [4], { sequence: 7, flags: 0x10 }));
    expect(
      found.map(({ type, sequence, isTorn, isLast, errno, payload }) => ({
        type,
        sequence,
        isTorn,
        isLast,
        errno,
        payload: [...payload],
      })),
    ).toEqual([
      { type: 20, sequence: 1, isTorn: false, isLast: false, errno: null, payload: [1, 2, 3] },
      { type: 24, sequence: 7, isTorn: true, isLast: false, errno: null, payload: [4] },
    ]);
  });

  it.each([
    ['an error', message(2, [...minus(2), 0, 0, 0, 0]), { isLast: true, errno: 2 }],
    ['an acknowledgement', message(2, minus(0)), { isLast: true, errno: null }],
    ['the end of a list', message(3, minus(0)), { isLast: true, errno: null }],
    ['a list that has failed', message(3, minus(4)), { isLast: true, errno: 4 }],
    ['an end that says nothing', message(3), { isLast: true, errno: null }],
  ])('tells %s', (_, bytes, expected) => {
    expect(parse(bytes)).toMatchObject([expected]);
  });

  it('ends where it is told to', () => {
    let seen = 0;
    const isEnded = walkNetlink(Uint8Array.from([...message(20), ...message(20)]), () => ++seen === 1);
    expect([isEnded, seen]).toEqual([true, 1]);
  });

  it('passes over what means nothing', () => {
    expect(parse(message(1), message(20))).toMatchObject([{ type: 20 }]);
  });

  it.each([
    ['a header that was cut', message(20).slice(0, 12)],
    ['a payload that was cut', message(20, [1, 2, 3, 4]).slice(0, -1)],
    ['a length that is shorter than the header', [4, 0, 0, 0, ...message(20).slice(4)]],
    ['a length of 4 GiB', [255, 255, 255, 255, ...message(20).slice(4)]],
    ['an error without its number', message(2)],
  ])('refuses %s', (_, bytes) => {
    expect(() => parse(bytes)).toThrow(ParseError);
  });

  it('gives messages or a ParseError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectOrParseError(() => {
          walkNetlink(bytes, ({ start, end }) => {
            expect(end).toBeGreaterThanOrEqual(start);
            return false;
          });
        });
      }),
    );
  });

  it('gives back whatever was put in', () => {
    const any = fc.record({
      type: fc.integer({ min: 16, max: 65535 }),
      sequence: fc.nat(0xffffffff),
      payload: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 5 }), (messages) => {
        const found = parse(
          ...messages.map(({ type, sequence, payload }) => message(type, [...payload], { sequence })),
        );
        expect(found.map(({ type, sequence, payload }) => ({ type, sequence, payload }))).toEqual(messages);
      }),
    );
  });
});

describe('netlinkAttributes()', () => {
  it('reads each by its type, whatever marks it carries', () => {
    const found = netlinkAttributes(Uint8Array.from([5, 0, 1, 0, 9, 0, 0, 0, 4, 0, 2, 0x80]));
    expect([...found].map(([type, bytes]) => [type, [...bytes]])).toEqual([
      [1, [9]],
      [2, []],
    ]);
  });

  it.each([
    ['a length that is shorter than the header', [3, 0, 1, 0]],
    ['a value that was cut', [8, 0, 1, 0, 9]],
  ])('refuses %s', (_, bytes) => {
    expect(() => netlinkAttributes(Uint8Array.from(bytes))).toThrow(ParseError);
  });

  it('gives attributes or a ParseError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => expectOrParseError(() => netlinkAttributes(bytes))),
    );
  });
});

function expectOrParseError(parseAny: () => unknown): void {
  try {
    parseAny();
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
  }
}
