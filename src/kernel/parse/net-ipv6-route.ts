import { ParseError } from '../../model/errors.ts';
import type { NetworkRoute } from '../../model/network-route.ts';
import { ipAddress } from './address-bytes.ts';
import { routerPreference } from './rtnetlink-words.ts';

/** A route of some table of IPv6, as far as its line tells. */
export type Ipv6Route = Pick<
  NetworkRoute,
  'destination' | 'source' | 'gateway' | 'interface' | 'type' | 'preference'
> & { readonly metric: number };

const SOURCE = '/proc/<pid>/net/ipv6_route';
const ADDRESS = '([0-9a-f]{32})';
const LENGTH = '([0-9a-f]{2})';
const NUMBER = '([0-9a-f]{8})';
const LINE = new RegExp(
  `^${ADDRESS} ${LENGTH} ${ADDRESS} ${LENGTH} ${ADDRESS} ${NUMBER} ${NUMBER} ${NUMBER} ${NUMBER} +([^ ]{1,15})$`,
);
const RTF = { GATEWAY: 0x2, REJECT: 0x200, ANYCAST: 0x100000, LOCAL: 0x80000000, PREF: 0x18000000 } as const;
const PREF_SHIFT = 27;
/** What each table ends with: no route, but the answer where there is none. */
const NULL_ENTRY = /^0{32} 00 0{32} 00 0{32} ffffffff [0-9a-f]{8} [0-9a-f]{8} 00200200 +lo$/;

/**
 * Reads all tables of IPv6, which are not told apart.
 *
 * Source: /proc/<pid>/net/ipv6_route, proc_net(5)
 * Shape:  a line a next hop: a route with several stands there as several; whether one that leads nowhere is
 *         unreachable, prohibited or a blackhole is not told, and of a multicast prefix not whether it is one
 * Units:  none
 * @throws {ParseError} where a line is none of a route
 */
export function parseNetIpv6Route(bytes: Uint8Array): Ipv6Route[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (text !== '' && !text.endsWith('\n')) throw damage(text.slice(text.lastIndexOf('\n') + 1), 1);
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line, index) => (NULL_ENTRY.test(line) ? [] : [routeOf(line, index + 1)]));
}

function routeOf(line: string, number: number): Ipv6Route {
  const fields = LINE.exec(line);
  if (fields === null) throw damage(line, number);
  const [destination, destinationLength, source, sourceLength, gateway, metric, , , flags, name] =
    // The expression has exactly these ten groups, none of them optional.
    fields.slice(1) as [string, string, string, string, string, string, string, string, string, string];
  const [to, from] = [Number.parseInt(destinationLength, 16), Number.parseInt(sourceLength, 16)];
  if (to > 128 || from > 128) throw damage(line, number);
  const bits = Number.parseInt(flags, 16);
  return {
    destination: `${addressOf(destination)}/${to}`,
    source: `${addressOf(source)}/${from}`,
    gateway: (bits & RTF.GATEWAY) === 0 ? null : addressOf(gateway),
    interface: name,
    type: typeOf(bits, destination),
    preference: routerPreference((bits & RTF.PREF) >>> PREF_SHIFT),
    metric: Number.parseInt(metric, 16),
  };
}

function typeOf(bits: number, destination: string): string | null {
  if ((bits & RTF.LOCAL) !== 0) return 'local';
  if ((bits & RTF.ANYCAST) !== 0) return 'anycast';
  return (bits & RTF.REJECT) !== 0 || destination.startsWith('ff') ? null : 'unicast';
}

function addressOf(hex: string): string {
  // 32 digits are 16 bytes, and those are an address.
  return ipAddress(Buffer.from(hex, 'hex')) as string;
}

function damage(excerpt: string, line: number): ParseError {
  return new ParseError({ source: SOURCE, field: 'a route', excerpt, line });
}
