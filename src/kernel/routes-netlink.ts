import type { NetworkRoute, PolicyRule } from '../model/network-route.ts';
import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { dumpWhole, type NetlinkQuestion, type NetlinkSocket } from './native/netlink.ts';
import { LITTLE_ENDIAN } from './parse/netlink.ts';
import { AF_INET, AF_INET6 } from './parse/rtnetlink-attributes.ts';
import { parseLinkMessage } from './parse/rtnetlink-link.ts';
import { isClonedRoute, parseRouteMessage } from './parse/rtnetlink-route.ts';
import { parseRuleMessage } from './parse/rtnetlink-rule.ts';
import { withNextHops } from './routes-nexthops.ts';

/** The protocol of the socket that routes are asked through. */
export const NETLINK_ROUTE = 0;

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTM_NEWRULE = 32;
const RTM_GETRULE = 34;
const HEADER_BYTES = 12;
const LINK_HEADER_BYTES = 16;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 8;
/** What a kernel says that was built without this family, or without rules. */
const HAS_NONE: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EOPNOTSUPP']);
const FAMILIES = [AF_INET, AF_INET6] as const;

/**
 * The interfaces of a network namespace, by their number there.
 *
 * Source: RTM_GETLINK, rtnetlink(7)
 * Needs:  nothing
 */
export function dumpLinks(socket: NetlinkSocket): Outcome<ReadonlyMap<number, ByteString>> {
  const payload = new Uint8Array(LINK_HEADER_BYTES + 8);
  const view = new DataView(payload.buffer);
  view.setUint16(LINK_HEADER_BYTES, 8, LITTLE_ENDIAN);
  view.setUint16(LINK_HEADER_BYTES + 2, IFLA_EXT_MASK, LITTLE_ENDIAN);
  view.setUint32(LINK_HEADER_BYTES + 4, RTEXT_FILTER_SKIP_STATS, LITTLE_ENDIAN);
  const links = dumpWhole<readonly [number, ByteString]>(
    socket,
    { type: RTM_GETLINK, flags: 0, payload },
    (message, rows) => {
      if (message.type !== RTM_NEWLINK) return;
      const { index, name } = parseLinkMessage(message.payload);
      rows.push([index, name]);
    },
  );
  return links.kind === 'value' ? value(new Map(links.value)) : links;
}

/**
 * The routes of all tables of IPv4 and IPv6, without what they have become for single addresses.
 *
 * Source: RTM_GETROUTE, rtnetlink(7)
 * Needs:  nothing
 */
export function dumpRoutes(
  socket: NetlinkSocket,
  links: ReadonlyMap<number, ByteString>,
): Outcome<readonly NetworkRoute[]> {
  const dumped = ofBoth(socket, RTM_GETROUTE, RTM_NEWROUTE, (payload) => {
    return isClonedRoute(payload) ? null : parseRouteMessage(payload, links);
  });
  return dumped.kind === 'value' ? withNextHops(socket, links, dumped.value) : dumped;
}

/**
 * The policy rules of IPv4 and IPv6.
 *
 * Source: RTM_GETRULE, rtnetlink(7)
 * Needs:  nothing
 */
export function dumpRules(socket: NetlinkSocket): Outcome<readonly PolicyRule[]> {
  return ofBoth(socket, RTM_GETRULE, RTM_NEWRULE, parseRuleMessage);
}

/** A family that this kernel lacks has none; it may answer with what the others have. */
function ofBoth<T>(
  socket: NetlinkSocket,
  question: NetlinkQuestion['type'],
  answer: number,
  parse: (payload: Uint8Array) => T | null,
): Outcome<readonly T[]> {
  const all: T[] = [];
  for (const family of FAMILIES) {
    const payload = new Uint8Array(HEADER_BYTES);
    payload[0] = family;
    const dumped = dumpWhole<T>(socket, { type: question, flags: 0, payload }, (message, rows) => {
      if (message.type !== answer || message.payload[0] !== family) return;
      const row = parse(message.payload);
      if (row !== null) rows.push(row);
    });
    if (dumped.kind === 'value') for (const row of dumped.value) all.push(row);
    else if (dumped.kind !== 'unsupported' || !HAS_NONE.has(dumped.errno)) return dumped;
  }
  return value(all);
}
