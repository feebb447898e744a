import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseLinkMessage } from './rtnetlink-link.ts';
import { parseNextHopMessage } from './rtnetlink-nexthop.ts';
import { routeRequest } from './rtnetlink-request.ts';
import { parseRouteMessage } from './rtnetlink-route.ts';
import { parseRuleMessage } from './rtnetlink-rule.ts';

/** Messages as Linux 6.18 has sent them, without their headers. */
const LINKS = new Map([
  [1, 'lo'],
  [3, 'd0'],
  [5, 'd1'],
]);
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const route = (hex: string) => parseRouteMessage(bytes(hex), LINKS);

const TUNED =
  '02100010c804000100000000 08000f00c8000000 080001000a0e0000 0800060007000000 28000800 0800010000010000 0800020078050000 ' +
  '0800080014050000 0900100072656e6f00000000 080005000a010009 0800040003000000';
const MULTIPATH =
  '0a400000fe03000100000000 08000f00fe000000 14000100fd000009000000000000000000000000 0800060000040000 3c000900 ' +
  '1c00000203000000 14000500fd000001000000000000000000000001 1c00000005000000 14000500fd000002000000000000000000000001 ' +
  '24000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000';
const RANGED =
  '021000000000000800000000 08000f0000000000 08000e00ffffffff 0500150000000000 0800060066000000 0c001400e8030000cf070000 080001000a140000';

const PLAIN = {
  family: 'ipv4',
  source: '0.0.0.0/0',
  nextHops: [],
  preferredSource: null,
  tos: 0,
  mtu: null,
  metrics: [],
  nextHopId: null,
  encapsulation: null,
  preference: null,
  expiresSeconds: null,
  realms: null,
  flags: [],
} as const;

describe('parseRouteMessage()', () => {
  it('reads a route with a table above 255, a metric of 32 bits and realms', () => {
    const hex =
      '02100000fc4d000100000000 08000f0070110100 080001000a0e0000 08000600ffffffff 080005000a010007 0800040003000000 08000b0004000300';
    expect(route(hex)).toEqual({
      ...PLAIN,
      table: 70_000,
      type: 'unicast',
      destination: '10.14.0.0/16',
      gateway: '10.1.0.7',
      interface: 'd0',
      protocol: '77',
      scope: 'global',
      metric: 0xffffffff,
      realms: 0x30004,
    });
  });

  it('reads what is set for what goes by it', () => {
    expect(route(TUNED)).toMatchObject({
      table: 200,
      protocol: 'static',
      tos: 0x10,
      metric: 7,
      mtu: 1400,
      metrics: [
        { name: 'mtu', value: '1400', isLocked: false },
        { name: 'advmss', value: '1300', isLocked: true },
        { name: 'congestion_control', value: 'reno', isLocked: false },
      ],
    });
  });

  it('reads routes that lead nowhere, the default route, and flags', () => {
    const blackhole = '021000007b03000600000000 08000f007b000000 080001000a0b0000';
    expect(route(blackhole)).toMatchObject({ type: 'blackhole', table: 123, interface: null, gateway: null });
    const everything = '02000000fe03000100000000 08000f00fe000000 080005000a010001 0800040003000000';
    expect(route(everything)).toMatchObject({ destination: '0.0.0.0/0', gateway: '10.1.0.1', protocol: 'boot' });
    const onlink = '02100000fe03000104000000 08000f00fe000000 080001000a100000 08000500c0a86301 0800040003000000';
    expect(route(onlink)).toMatchObject({ flags: ['onlink'], gateway: '192.168.99.1' });
    const linkDown = '02180000fe02fd0110000000 08000f00fe000000 080001000a030000 080007000a030002 0800040007000000';
    expect(route(linkDown)).toMatchObject({
      flags: ['linkdown'],
      scope: 'link',
      preferredSource: '10.3.0.2',
      interface: null,
    });
  });

  it('reads several next hops, the first of which stands for all', () => {
    expect(route(MULTIPATH)).toMatchObject({
      family: 'ipv6',
      destination: 'fd00:9::/64',
      source: '::/0',
      gateway: 'fd00:1::1',
      interface: 'd0',
      metric: 1024,
      preference: 'medium',
      nextHops: [
        { gateway: 'fd00:1::1', interface: 'd0', weight: 3, flags: [] },
        { gateway: 'fd00:2::1', interface: 'd1', weight: 1, flags: [] },
      ],
    });
  });

  it('reads a router of another family, a next hop object, and what packets are wrapped into', () => {
    const via =
      '02100000fe03000100000000 08000f00fe000000 080001000a110000 160012000a00fd0000010000000000000000000000010000 0800040003000000';
    expect(route(via)).toMatchObject({ destination: '10.17.0.0/16', gateway: 'fd00:1::1' });
    const object =
      '02100000fe03000100000000 08000f00fe000000 080001000a0f0000 08001e000a000000 080005000a010005 0800040003000000';
    expect(route(object)).toMatchObject({ nextHopId: 10, gateway: '10.1.0.5' });
    const wrapped =
      '02100000fe03fd0100000000 08000f00fe000000 080001000a1e0000 0800040003000000 38001600 0c00010000000000 00000001 ' +
      '080002000a010004 08000300000000000500050000000000050004000000000006000600000000000600150002000000';
    expect(route(wrapped)).toMatchObject({ destination: '10.30.0.0/16', encapsulation: 'ip', interface: 'd0' });
  });

  it('reads a route of one source that will go away', () => {
    const fromSource =
      '0a404000fe03000100000000 08000f00fe000000 14000100fd000010000000000000000000000000 ' +
      '14000200fd000001000000000000000000000000 0800060000040000 0800040005000000 ' +
      '24000c00000000000000000017a107000000000000000000000000000000000000000000 0500140000000000';
    expect(route(fromSource)).toMatchObject({
      destination: 'fd00:10::/64',
      source: 'fd00:1::/64',
      expiresSeconds: 4999,
      preference: 'medium',
    });
  });

  it.each([
    ['a cut header', '0210'],
    ['another family', '1c100000fe03000100000000'],
    ['a prefix that is too long', '02210000fe03000100000000 080001000a110000'],
    ['a prefix without its address', '02100000fe03000100000000'],
    ['an address of another family', '02100000fe03000100000000 14000100fd000010000000000000000000000000'],
    ['a router that is none', '02000000fe03000100000000 0600120002000000'],
    ['a next hop longer than all', '02000000fe03000100000000 0c000900ff00000203000000'],
    ['a number that is cut', '02000000fe03000100000000 0500060001000000'],
  ])('refuses %s', (_, hex) => {
    expect(() => route(hex)).toThrow(ParseError);
  });
});

describe('parseLinkMessage()', () => {
  it('reads the number and the name', () => {
    const link = '00000100030000004310010000000000 0700030064300000 08000d00e8030000';
    expect(parseLinkMessage(bytes(link))).toEqual({ index: 3, name: 'd0' });
  });

  it('refuses one without a name', () => {
    expect(() => parseLinkMessage(bytes('00000100030000004310010000000000'))).toThrow(ParseError);
    expect(() => parseLinkMessage(bytes('0000'))).toThrow(ParseError);
  });
});

describe('parseNextHopMessage()', () => {
  it('reads one, and a group with its weights', () => {
    const one = '02fd000000000000 080001000a000000 0800050003000000 080006000a010005';
    const way = { gateway: '10.1.0.5', interface: 'd0', weight: 1, flags: [] };
    expect(parseNextHopMessage(bytes(one), LINKS)).toEqual({ id: 10, way, members: [] });
    const group = '0000000000000000 080001000c000000 14000200 0a00000002000000 0b00000000010000';
    expect(parseNextHopMessage(bytes(group), LINKS)).toMatchObject({
      id: 12,
      members: [
        { id: 10, weight: 3 },
        { id: 11, weight: 257 },
      ],
    });
  });

  it.each([
    ['a cut header', '0000'],
    ['one without a number', '0000000000000000'],
    ['a router that is none', '0000000000000000 080001000a000000 0600060001020000'],
    ['half a member', '0000000000000000 080001000a000000 080002000a000000'],
  ])('refuses %s', (_, hex) => {
    expect(() => parseNextHopMessage(bytes(hex), LINKS)).toThrow(ParseError);
  });
});

describe('routeRequest()', () => {
  it('is what the kernel takes', () => {
    const request = routeRequest({
      to: Uint8Array.of(10, 9, 1, 1),
      from: Uint8Array.of(10, 1, 0, 2),
      interfaceIndex: 3,
      uid: 1000,
      flags: 0x3000,
    });
    expect(Buffer.from(request).toString('hex')).toBe(
      '022020000000000000300000080001000a090101080002000a010002080004000300000008001900e8030000',
    );
  });
});

describe('every decoder of rtnetlink', () => {
  const decoders = {
    parseRouteMessage: (junk: Uint8Array) => parseRouteMessage(junk, LINKS),
    parseNextHopMessage: (junk: Uint8Array) => parseNextHopMessage(junk, LINKS),
    parseRuleMessage,
    parseLinkMessage,
  };
  const tries = (decode: (junk: Uint8Array) => unknown) => (junk: Uint8Array) => {
    try {
      decode(junk);
    } catch (error) {
      expect(error).toBeInstanceOf(ParseError);
    }
  };

  it.each(Object.entries(decoders))('%s gives a value or a ParseError for any bytes', (_, decode) => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tries(decode)), { numRuns: 500 });
    const header = fc
      .tuple(fc.constantFrom(2, 10), fc.uint8Array({ minLength: 11, maxLength: 11 }))
      .map((it) => it.flat());
    const attribute = fc
      .tuple(fc.nat(32), fc.uint8Array({ maxLength: 40 }))
      .map(
        ([type, value]) => [value.length + 4, 0, type, 0, ...value, ...Array(-value.length & 3).fill(0)] as number[],
      );
    const made = fc.tuple(header, fc.array(attribute, { maxLength: 6 }));
    const message = made.map(([start, attributes]) =>
      Uint8Array.from([...start.flatMap((it) => (typeof it === 'number' ? [it] : [...it])), ...attributes.flat()]),
    );
    fc.assert(fc.property(message, tries(decode)), { numRuns: 1000 });
  });

  it.each([TUNED, MULTIPATH, RANGED])('gives a value or a ParseError for a message that is damaged', (hex) => {
    const good = bytes(hex);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const damaged = Buffer.from(good);
        damaged[at] = byte;
        for (const decode of Object.values(decoders)) tries(decode)(damaged.subarray(0, length));
      }),
      { numRuns: 500 },
    );
  });
});
