import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseFibTrie } from './net-fib-trie.ts';
import { parseNetIpv6Route } from './net-ipv6-route.ts';
import { parseNetRoute } from './net-route.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

const TRIE = `Id 70000:
  |-- 10.14.0.0
     /16 universe UNICAST tos=16
Main:
  +-- 0.0.0.0/4 2 0 2
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.16.0.0/15 2 0 2
        |-- 10.17.0.0
           /16 universe UNREACHABLE
           /16 link UNICAST
Local:
  |-- 127.0.0.1
     /32 host LOCAL
`;
const HEADING =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                  \n';
const line = (text: string) => `${text.padEnd(127)}\n`;
const DEFAULT = line('d0\t00000000\t0100010A\t0003\t0\t0\t0\t00000000\t0\t0\t0');
const IPV6 = (flags: string, metric = '00000400', destination = `fd000001${'0'.repeat(24)} 40`) => {
  return `${destination} ${'0'.repeat(32)} 00 fe80${'0'.repeat(27)}1 ${metric} 00000001 00000000 ${flags}       d0\n`;
};

describe('parseFibTrie()', () => {
  it('reads the tables by their numbers, and of a leaf all routes', () => {
    const one = { destination: '10.17.0.0/16', tos: 0 };
    expect(parseFibTrie(bytes(TRIE))).toEqual([
      { id: 70_000, routes: [{ destination: '10.14.0.0/16', type: 'unicast', scope: 'global', tos: 16 }] },
      {
        id: 254,
        routes: [
          { destination: '0.0.0.0/0', type: 'unicast', scope: 'global', tos: 0 },
          { ...one, type: 'unreachable', scope: 'global' },
          { ...one, type: 'unicast', scope: 'link' },
        ],
      },
      { id: 255, routes: [{ destination: '127.0.0.1/32', type: 'local', scope: 'host', tos: 0 }] },
    ]);
  });

  it('reads a namespace without tables, and kinds without a name', () => {
    expect(parseFibTrie(bytes(''))).toEqual([]);
    const text = 'Id 5:\n  |-- 10.0.0.0\n     /8 scope=77 type 12\n';
    expect(parseFibTrie(bytes(text))).toEqual([
      { id: 5, routes: [{ destination: '10.0.0.0/8', type: '12', scope: '77', tos: 0 }] },
    ]);
  });

  it.each([
    ['no table', '  |-- 10.0.0.0\n     /8 link UNICAST\n'],
    ['no leaf', 'Main:\n     /8 link UNICAST\n'],
    ['a prefix that is too long', 'Main:\n  |-- 10.0.0.0\n     /33 link UNICAST\n'],
    ['a line that is none', 'Main:\n  x\n'],
    ['a line that was cut', TRIE.slice(0, -4)],
  ])('refuses %s', (_, text) => {
    expect(() => parseFibTrie(bytes(text))).toThrow(ParseError);
  });
});

describe('parseNetRoute()', () => {
  it('reads addresses as this machine keeps them, and a metric that is written with a sign', () => {
    const high = line('eth0.7\t0000100A\t00000000\t0001\t0\t0\t-1\t0000FFFF\t0\t0\t0');
    expect(parseNetRoute(bytes(HEADING + DEFAULT + high))).toEqual([
      { interface: 'd0', destination: '0.0.0.0/0', gateway: '10.1.0.1', metric: 0 },
      { interface: 'eth0.7', destination: '10.16.0.0/16', gateway: null, metric: 0xffffffff },
    ]);
  });

  it('does not take a router of IPv6 for 0.0.0.0, nor a route that leads nowhere for one of an interface', () => {
    const via = line('d0\t0000110A\t00000000\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0');
    const nowhere = line('*\t00000A0A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0');
    const found = parseNetRoute(bytes(HEADING + via + nowhere));
    expect(found.map((it) => [it.interface, it.gateway])).toEqual([
      ['d0', null],
      [null, null],
    ]);
  });

  it('reads an empty table, and one of more than 64 KiB', () => {
    expect(parseNetRoute(bytes(HEADING))).toEqual([]);
    expect(parseNetRoute(bytes(HEADING + DEFAULT.repeat(3000)))).toHaveLength(3000);
  });

  it.each([
    ['no heading', DEFAULT],
    ['a mask with a hole', HEADING + DEFAULT.replace('\t00000000\t0\t0\t0 ', '\t00FF00FF\t0\t0\t0 ')],
    ['a line that was cut', (HEADING + DEFAULT).slice(0, -1)],
    ['a line that is none', `${HEADING}x\n`],
  ])('refuses %s', (_, text) => {
    expect(() => parseNetRoute(bytes(text))).toThrow(ParseError);
  });
});

describe('parseNetIpv6Route()', () => {
  it('tells what kind of route it is, as far as its flags tell', () => {
    const types = ['00000001', '80200001', '00300001', '00200200'].map(
      (it) => parseNetIpv6Route(bytes(IPV6(it)))[0]?.type,
    );
    expect(types).toEqual(['unicast', 'local', 'anycast', null]);
    const multicast = IPV6('00000001', '00000100', `ff${'0'.repeat(30)} 08`);
    expect(parseNetIpv6Route(bytes(multicast))[0]).toMatchObject({ destination: 'ff00::/8', type: null });
  });

  it('reads the router only where there is one, and how good it said to be', () => {
    expect(parseNetIpv6Route(bytes(IPV6('08000003')))).toEqual([
      {
        destination: 'fd00:1::/64',
        source: '::/0',
        gateway: 'fe80::1',
        interface: 'd0',
        type: 'unicast',
        preference: 'high',
        metric: 1024,
      },
    ]);
    expect(parseNetIpv6Route(bytes(IPV6('18000001')))[0]).toMatchObject({ gateway: null, preference: 'low' });
  });

  it('leaves out what each table ends with', () => {
    const end = `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} ffffffff 00000002 00000000 00200200       lo\n`;
    expect(parseNetIpv6Route(bytes(end + IPV6('00000001') + end))).toHaveLength(1);
  });

  it.each([
    ['a prefix that is too long', IPV6('00000001', '00000400', `fd000001${'0'.repeat(24)} 81`)],
    ['a line that was cut', IPV6('00000001').slice(0, -5)],
    ['a line that is none', 'x\n'],
  ])('refuses %s', (_, text) => {
    expect(() => parseNetIpv6Route(bytes(text))).toThrow(ParseError);
  });
});

describe('every parser of routes as text', () => {
  const parsers = { parseFibTrie, parseNetRoute, parseNetIpv6Route };
  const good = { parseFibTrie: TRIE, parseNetRoute: HEADING + DEFAULT, parseNetIpv6Route: IPV6('00000001') };

  it.each(Object.entries(parsers))('%s gives a value or a ParseError for any bytes', (name, parse) => {
    const tries = (junk: Uint8Array) => {
      try {
        parse(junk);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    };
    const text = good[name as keyof typeof good];
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), tries));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(255), fc.nat(text.length), (at, byte, length) => {
        const damaged = bytes(text);
        damaged[at] = byte;
        tries(damaged);
        tries(damaged.subarray(0, length));
      }),
      { numRuns: 500 },
    );
  });
});
