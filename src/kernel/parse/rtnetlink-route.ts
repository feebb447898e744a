import { ParseError } from '../../model/errors.ts';
import type { IpFamily, NetworkRoute, NextHop, RouteMetric } from '../../model/network-route.ts';
import { TICKS_PER_SECOND } from '../../model/process.ts';
import type { ByteString } from '../../model/text.ts';
import { ipAddress } from './address-bytes.ts';
import { LITTLE_ENDIAN } from './netlink.ts';
import { AF_INET, AF_INET6, Attributes, familyOf } from './rtnetlink-attributes.ts';
import {
  encapsulation,
  metricName,
  routeFlags,
  routeProtocol,
  routerPreference,
  routeScope,
  routeType,
} from './rtnetlink-words.ts';

const SOURCE = 'rtnetlink(7) RTM_NEWROUTE';
const HEADER_BYTES = 12;
const NEXT_HOP_BYTES = 8;

const RTA = {
  DST: 1,
  SRC: 2,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  FLOW: 11,
  CACHEINFO: 12,
  TABLE: 15,
  VIA: 18,
  PREF: 20,
  ENCAP_TYPE: 21,
  NH_ID: 30,
} as const;
const RTAX_LOCK = 1;
const RTAX_MTU = 2;
const RTAX_CC_ALGO = 16;
/** RTAX_RTT and RTAX_RTTVAR come in eighths and quarters of a millisecond; rto_min in whole ones. */
const PARTS_PER_MS: ReadonlyMap<number, number> = new Map([
  [4, 8],
  [5, 4],
]);
const RTM_F_CLONED = 0x200;

/**
 * Whether a message is of no route of a table, but of what one has become for packets to one address: RTM_F_CLONED.
 * @throws {ParseError} where the message is cut
 */
export function isClonedRoute(payload: Uint8Array): boolean {
  if (payload.length < HEADER_BYTES) throw damage(payload, 'struct rtmsg');
  const flags = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(8, LITTLE_ENDIAN);
  return (flags & RTM_F_CLONED) !== 0;
}

/**
 * Reads one route.
 *
 * Source: struct rtmsg, struct rtnexthop and RTA_*, rtnetlink(7); RTA_VIA since Linux 4.1, RTA_NH_ID since 5.3
 * Shape:  one route a message, with all its next hops
 * Units:  seconds for what expires, bytes for mtu, milliseconds for the times among the metrics; addresses as text
 * @param links the interfaces of that network namespace by their number; one that is not there is null in the route
 * @throws {ParseError} where the message is cut, or an address or a prefix does not fit its family
 */
export function parseRouteMessage(payload: Uint8Array, links: ReadonlyMap<number, ByteString>): NetworkRoute {
  const family = familyOf(payload, HEADER_BYTES, SOURCE);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const attributes = new Attributes(payload, HEADER_BYTES, SOURCE);
  const flags = view.getUint32(8, LITTLE_ENDIAN);
  const multipath = attributes.bytes(RTA.MULTIPATH);
  const nextHops = multipath === null ? [] : nextHopsOf(multipath, family, links);
  const [first] = nextHops;
  const metrics = metricsOf(attributes.bytes(RTA.METRICS));
  const mtu = metrics.find(({ name }) => name === metricName(RTAX_MTU));
  const wraps = attributes.u16(RTA.ENCAP_TYPE);
  const preference = attributes.u8(RTA.PREF);
  return {
    family,
    table: attributes.u32(RTA.TABLE) ?? view.getUint8(4),
    type: routeType(view.getUint8(7)),
    destination: attributes.prefix(RTA.DST, view.getUint8(1), family),
    source: attributes.prefix(RTA.SRC, view.getUint8(2), family),
    gateway: first ? first.gateway : gatewayOf(attributes, family),
    interface: first ? first.interface : nameOf(attributes.u32(RTA.OIF), links),
    nextHops,
    preferredSource: attributes.address(RTA.PREFSRC, family),
    protocol: routeProtocol(view.getUint8(5)),
    scope: routeScope(view.getUint8(6)),
    // The kernel leaves out a 0.
    metric: attributes.u32(RTA.PRIORITY) ?? 0,
    tos: view.getUint8(3),
    mtu: mtu === undefined ? null : Number(mtu.value),
    metrics,
    nextHopId: attributes.u32(RTA.NH_ID),
    encapsulation: wraps === null ? null : encapsulation(wraps),
    preference: preference === null ? null : routerPreference(preference),
    expiresSeconds: expiryOf(attributes.bytes(RTA.CACHEINFO)),
    realms: attributes.u32(RTA.FLOW),
    flags: routeFlags(flags),
  };
}

function nextHopsOf(bytes: Uint8Array, family: IpFamily, links: ReadonlyMap<number, ByteString>): NextHop[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: NextHop[] = [];
  for (let at = 0; at + NEXT_HOP_BYTES <= bytes.length; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < NEXT_HOP_BYTES || at + length > bytes.length) throw damage(bytes.subarray(at), 'rtnh_len');
    const attributes = new Attributes(bytes.subarray(at, at + length), NEXT_HOP_BYTES, SOURCE);
    found.push({
      gateway: gatewayOf(attributes, family),
      interface: nameOf(view.getInt32(at + 4, LITTLE_ENDIAN), links),
      weight: view.getUint8(at + 3) + 1,
      flags: routeFlags(view.getUint8(at + 2)),
    });
    at += (length + 3) & ~3;
  }
  return found;
}

/** A router may be of another family than the route: RTA_VIA. */
function gatewayOf(attributes: Attributes, family: IpFamily): string | null {
  const via = attributes.bytes(RTA.VIA);
  if (via === null) return attributes.address(RTA.GATEWAY, family);
  const code = via.length < 2 ? null : new DataView(via.buffer, via.byteOffset, 2).getUint16(0, LITTLE_ENDIAN);
  const address = code === AF_INET || code === AF_INET6 ? ipAddress(via.subarray(2)) : null;
  if (address === null) throw damage(via, 'RTA_VIA');
  return address;
}

function metricsOf(bytes: Uint8Array | null): RouteMetric[] {
  if (bytes === null) return [];
  const attributes = new Attributes(bytes, 0, SOURCE);
  const locks = attributes.u32(RTAX_LOCK) ?? 0;
  return [...attributes.types]
    .filter((type) => type !== RTAX_LOCK)
    .flatMap((type) => {
      const value = type === RTAX_CC_ALGO ? attributes.text(type) : numberOf(attributes.u32(type), type);
      const isLocked = type < 32 && ((locks >>> type) & 1) === 1;
      return value === null ? [] : [{ name: metricName(type), value: String(value), isLocked }];
    });
}

function numberOf(told: number | null, type: number): number | null {
  return told === null ? null : told / (PARTS_PER_MS.get(type) ?? 1);
}

/** rta_expires of struct rta_cacheinfo: 0 for what stays. */
function expiryOf(bytes: Uint8Array | null): number | null {
  if (bytes === null) return null;
  if (bytes.length < 12) throw damage(bytes, 'struct rta_cacheinfo');
  const ticks = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(8, LITTLE_ENDIAN);
  return ticks === 0 ? null : Math.trunc(ticks / TICKS_PER_SECOND);
}

function nameOf(index: number | null, links: ReadonlyMap<number, ByteString>): ByteString | null {
  return index === null ? null : (links.get(index) ?? null);
}

function damage(bytes: Uint8Array, field: string): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt: Buffer.from(bytes.subarray(0, 32)).toString('hex') });
}
