import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTexts, ipv4Text, ipv6Text } from './ip-address.ts';

/** What inet_ntop(3) of glibc gives. */
const WRITTEN: readonly (readonly [readonly [number, number, number, number], string])[] = [
  [[0x0, 0x0, 0x0, 0x0], '::'],
  [[0x0, 0x0, 0x0, 0x1], '::1'],
  [[0x0, 0x0, 0x0, 0x1234], '::1234'],
  [[0x0, 0x0, 0x0, 0x10002], '::0.1.0.2'],
  [[0x0, 0x0, 0xffff, 0xa000001], '::ffff:10.0.0.1'],
  [[0xfe800000, 0x0, 0x0, 0x1], 'fe80::1'],
  [[0x20010db8, 0x0, 0x10000, 0x1], '2001:db8::1:0:0:1'],
  [[0x20010db8, 0x10000, 0x1, 0x0], '2001:db8:1::1:0:0'],
  [[0x20010db8, 0x0, 0x10000, 0x1], '2001:db8::1:0:0:1'],
  [[0x10000, 0x0, 0x0, 0x0], '1::'],
  [[0x20010db8, 0x10002, 0x30004, 0x50006], '2001:db8:1:2:3:4:5:6'],
  [[0x0, 0x1, 0xffff, 0x1], '::1:0:ffff:0:1'],
  [[0x10002, 0x30000, 0x40005, 0x60007], '1:2:3:0:4:5:6:7'],
  [[0x0, 0x0, 0x1, 0xa000001], '::1:a00:1'],
];

describe('addresses', () => {
  it.each(WRITTEN)('%j is %s', (words, text) => {
    expect(ipv6Text(words)).toBe(text);
    expect(new AddressTexts().ipv6(...words)).toBe(text);
  });

  it('writes IPv4', () => {
    expect([0, 1, 0x7f000001, 0xffffffff].map(ipv4Text)).toEqual([
      '0.0.0.0',
      '0.0.0.1',
      '127.0.0.1',
      '255.255.255.255',
    ]);
  });

  it('writes no two addresses alike', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0x10000, 0xffff0000), fc.nat(0xffffffff));
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (words) => {
        expect(wordsOf(ipv6Text(words))).toEqual(words);
      }),
    );
  });

  it('remembers each for itself, however many share a place', () => {
    const texts = new AddressTexts();
    const few = fc.constantFrom(0, 1, 2, 0x100, 0x10000, 0xffff);
    fc.assert(
      fc.property(fc.tuple(few, few, few, few), (words) => {
        expect(texts.ipv6(...words)).toBe(ipv6Text(words));
        expect(texts.ipv4(words[3])).toBe(ipv4Text(words[3]));
      }),
    );
  });
});

/** The address behind a text, by the rules of RFC 4291. */
function wordsOf(text: string): number[] {
  const hex = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [before = '', after] = hex.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [head, tail] = [groups(before), groups(after ?? '')];
  const all = [...head, ...Array(after === undefined ? 0 : 8 - head.length - tail.length).fill(0), ...tail];
  return [0, 2, 4, 6].map((at) => all[at] * 0x10000 + all[at + 1]);
}
