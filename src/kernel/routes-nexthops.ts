import type { NetworkRoute, NextHop } from '../model/network-route.ts';
import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { dumpWhole, type NetlinkSocket } from './native/netlink.ts';
import { type NextHopObject, parseNextHopMessage } from './parse/rtnetlink-nexthop.ts';

const RTM_NEWNEXTHOP = 104;
const RTM_GETNEXTHOP = 106;
const HEADER_BYTES = 8;

/**
 * Tells where routes lead that only name a next hop object, which is how the kernel tells them where
 * net.ipv4.nexthop_compat_mode is 0. An object that has gone meanwhile leaves that unknown.
 *
 * Source: RTM_GETNEXTHOP, rtnetlink(7)
 * Needs:  nothing
 */
export function withNextHops<Route extends NetworkRoute>(
  socket: NetlinkSocket,
  links: ReadonlyMap<number, ByteString>,
  routes: readonly Route[],
): Outcome<readonly Route[]> {
  if (!routes.some(onlyNamesObject)) return value(routes);
  const dumped = dumpWhole<NextHopObject>(
    socket,
    { type: RTM_GETNEXTHOP, flags: 0, payload: new Uint8Array(HEADER_BYTES) },
    (message, rows) => {
      if (message.type === RTM_NEWNEXTHOP) rows.push(parseNextHopMessage(message.payload, links));
    },
  );
  if (dumped.kind !== 'value') return dumped;
  const objects = new Map(dumped.value.map((it) => [it.id, it]));
  return value(routes.map((route) => (onlyNamesObject(route) ? { ...route, ...waysOf(route, objects) } : route)));
}

function onlyNamesObject({ nextHopId, interface: name, gateway, type }: NetworkRoute): boolean {
  return nextHopId !== null && name === null && gateway === null && type === 'unicast';
}

function waysOf(
  { nextHopId }: NetworkRoute,
  objects: ReadonlyMap<number, NextHopObject>,
): Pick<NetworkRoute, 'gateway' | 'interface' | 'nextHops'> {
  const object = nextHopId === null ? undefined : objects.get(nextHopId);
  const ways = object === undefined ? [] : memberWays(object, objects);
  const [first] = ways;
  if (first === undefined) return { gateway: null, interface: null, nextHops: null };
  return { gateway: first.gateway, interface: first.interface, nextHops: object?.members.length === 0 ? [] : ways };
}

function memberWays(object: NextHopObject, objects: ReadonlyMap<number, NextHopObject>): NextHop[] {
  if (object.members.length === 0) return [object.way];
  return object.members.flatMap(({ id, weight }) => {
    const member = objects.get(id);
    return member === undefined ? [] : [{ ...member.way, weight }];
  });
}
