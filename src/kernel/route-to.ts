import type { NetworkRoute, RouteAnswer } from '../model/network-route.ts';
import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import type { NetlinkSocket } from './native/netlink.ts';
import { ipAddress, ipAddressBytes } from './parse/address-bytes.ts';
import { type RouteRequest, routeRequest } from './parse/rtnetlink-request.ts';
import { isClonedRoute, parseRouteMessage } from './parse/rtnetlink-route.ts';
import { dumpLinks, dumpRoutes } from './routes-netlink.ts';
import { withNextHops } from './routes-nexthops.ts';

/** Packets that a route is asked for. */
export interface RouteQuestion {
  /** An address of four bytes or sixteen. */
  readonly to: Uint8Array;
  /** The address that their socket has chosen; null where it leaves that to the route. */
  readonly from: Uint8Array | null;
  /** The interface that their socket is bound to, which an address of one link needs; null for any. */
  readonly interface: ByteString | null;
  /** Whose socket it is. */
  readonly uid: number;
}

const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTM_F_LOOKUP_TABLE = 0x1000;
const RTM_F_FIB_MATCH = 0x2000;
/** The table of this machine's own addresses. */
const LOCAL = 255;
/** The kernel is asked twice, and the tables may change in between. */
const TRIES = 5;

/** What the kernel answers with where packets go nowhere: of routes and of rules that say so. */
const NOWHERE: Readonly<Record<string, RouteAnswer['type']>> = {
  EHOSTUNREACH: 'unreachable',
  EACCES: 'prohibit',
  EINVAL: 'blackhole',
  ENETUNREACH: 'no_route',
};

/** The interfaces and routes of a network namespace. */
interface Tables {
  readonly links: ReadonlyMap<number, ByteString>;
  readonly routes: readonly NetworkRoute[];
}

/**
 * Asks the kernel which way packets to an address take in one network namespace. It goes through its rules as for a packet
 * of that user without a mark. Its tables are read once for all questions, and again where an answer does not fit them.
 *
 * Source: RTM_GETROUTE with RTM_F_FIB_MATCH (since Linux 4.13) and without, rtnetlink(7)
 * Needs:  nothing
 */
export class RouteFinder {
  #tables: Tables | null = null;

  /** @param socket one of NETLINK_ROUTE, opened in that namespace */
  find(socket: NetlinkSocket, question: RouteQuestion): Outcome<RouteAnswer> {
    for (let tries = 1; ; tries++) {
      const tables = this.#tablesFor(socket, tries > 1);
      if (tables.kind !== 'value') return tables;
      const { links, routes } = tables.value;
      const { from, interface: wanted } = question;
      const index = wanted === null ? null : [...links].find(([, name]) => name === wanted)?.[0];
      if (index === undefined) return value(nowhere('no_interface'));
      if (from !== null && !isLocal(from, routes)) return value(nowhere('no_source'));
      const asked = { ...question, interfaceIndex: index };
      const entry = askFor(socket, { ...asked, flags: RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH }, links);
      const taken = askFor(socket, { ...asked, flags: RTM_F_LOOKUP_TABLE }, links);
      if (taken.kind !== 'value') {
        const why = 'errno' in taken ? NOWHERE[taken.errno] : undefined;
        if (why === undefined) return taken;
        return value(nowhere(why === 'blackhole' && isRefused(socket, asked, links) ? 'refused' : why));
      }
      const found =
        entry.kind === 'value' && leadsThere(entry.value, taken.value) ? inTable(entry.value, routes) : null;
      // Some packets have no route of a table, as those to a multicast group.
      if (found !== null || tries === TRIES) return value(answerOf(taken.value, found, from));
    }
  }

  #tablesFor(socket: NetlinkSocket, again: boolean): Outcome<Tables> {
    if (this.#tables !== null && !again) return value(this.#tables);
    const links = dumpLinks(socket);
    if (links.kind !== 'value') return links;
    const routes = dumpRoutes(socket, links.value);
    if (routes.kind !== 'value') return routes;
    this.#tables = { links: links.value, routes: routes.value };
    return value(this.#tables);
  }
}

function askFor(socket: NetlinkSocket, request: RouteRequest, links: Tables['links']): Outcome<NetworkRoute> {
  const found: NetworkRoute[] = [];
  const wantsEntry = (request.flags & RTM_F_FIB_MATCH) !== 0;
  const question = { type: RTM_GETROUTE, flags: 0, payload: routeRequest(request) };
  const asked = socket.ask(question, ({ type, payload }) => {
    // A kernel that does not know RTM_F_FIB_MATCH answers as if it were not there.
    if (type === RTM_NEWROUTE && !(wantsEntry && isClonedRoute(payload))) found.push(parseRouteMessage(payload, links));
  });
  if (asked.kind !== 'value') return asked;
  const resolved = withNextHops(socket, links, found);
  if (resolved.kind !== 'value') return resolved;
  const [route] = resolved.value;
  return route === undefined ? { kind: 'unsupported', errno: 'ENOMSG' } : value(route);
}

function answerOf(taken: NetworkRoute, entry: NetworkRoute | null, from: Uint8Array | null): RouteAnswer {
  return {
    type: taken.type ?? 'unspec',
    entry,
    gateway: taken.gateway,
    interface: taken.interface,
    // The kernel repeats no source that it was given.
    sourceAddress: from === null ? taken.preferredSource : ipAddress(from),
    mtu: taken.mtu,
  };
}

function nowhere(type: RouteAnswer['type']): RouteAnswer {
  return { type, entry: null, gateway: null, interface: null, sourceAddress: null, mtu: null };
}

/** From 127.0.0.1 to another machine nothing is sent, and IPv4 says that in the word of a blackhole. */
function isRefused(socket: NetlinkSocket, request: Omit<RouteRequest, 'flags'>, links: Tables['links']): boolean {
  if (request.from?.length !== 4 || request.from[0] !== 127) return false;
  const free = askFor(socket, { ...request, from: null, flags: RTM_F_LOOKUP_TABLE }, links);
  return free.kind === 'value' && free.value.type !== 'local';
}

/**
 * IPv4 refuses a source that is not its own in the word of a blackhole, and IPv6 not at all: bind(2) does. Of IPv4 a
 * whole prefix of the local table is its own, and of IPv6 only what an interface has; a route of type local in another
 * table takes in what is sent to others (TPROXY).
 */
function isLocal(address: Uint8Array, routes: readonly NetworkRoute[]): boolean {
  return routes.some(({ type, family, table, destination }) => {
    if (type !== 'local') return false;
    const isOwn = family === 'ipv4' ? table === LOCAL : destination.endsWith('/128');
    return isOwn && covers(destination, address);
  });
}

function covers(prefix: string, address: Uint8Array): boolean {
  const [text = '', length = ''] = prefix.split('/');
  const network = ipAddressBytes(text);
  const bits = (bytes: Uint8Array) => Array.from(bytes, (it) => it.toString(2).padStart(8, '0')).join('');
  if (network?.length !== address.length) return false;
  return bits(network).startsWith(bits(address).slice(0, Number(length)));
}

/** Whether what packets get comes from this route: else the tables have changed between the two questions. */
function leadsThere(entry: NetworkRoute, taken: NetworkRoute): boolean {
  if (entry.type !== taken.type) return false;
  // Packets to many go to nobody's router, whatever route has led to that link.
  if (isToMany(entry)) return entry.interface === taken.interface;
  const ways = entry.nextHops?.length ? entry.nextHops : [entry];
  return ways.some((way) => {
    const sameWay = way.interface === taken.interface || taken.type === 'local';
    return sameWay && (way.gateway === null || way.gateway === taken.gateway);
  });
}

/** What the kernel calls the way to a multicast group, or to all: not a type that the route itself need have. */
function isToMany({ type }: NetworkRoute): boolean {
  return type === 'multicast' || type === 'broadcast';
}

/**
 * The route of a table that an answer means. Where local and main share one trie, which is so until somebody adds a
 * rule, the kernel answers with main for both.
 */
function inTable(entry: NetworkRoute, routes: readonly NetworkRoute[]): NetworkRoute | null {
  const key = keyOf(entry);
  const there = routes.filter((route) => route.destination === entry.destination && keyOf(route) === key);
  const typed = there.filter(({ type }) => type === entry.type);
  const alike = typed.length === 0 && isToMany(entry) ? there : typed;
  const exact = alike.find(({ table }) => table === entry.table);
  return exact ?? (alike.length === 1 ? (alike[0] ?? null) : null);
}

/** All that makes a route this one, but for its type, its table and what changes with time. */
function keyOf(it: NetworkRoute): string {
  const ways = it.nextHops?.map(({ flags: _, ...way }) => way);
  const way = [it.gateway, it.interface, it.nextHopId, ways];
  return JSON.stringify([it.destination, it.source, it.tos, it.metric, it.protocol, it.scope, it.preferredSource, way]);
}
