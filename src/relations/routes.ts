import { type RouteEntry, readRouteEntries } from '../look/routes.ts';
import type { NetworkRoute, NumberRange, PolicyRule, RouteMetric } from '../model/network-route.ts';
import { toText } from '../model/text.ts';
import { type Column, nested } from './column.ts';
import { type KernelColumn, kernelRelation } from './kernel-relation.ts';
import { NEXT_HOPS } from './next-hops.ts';
import { ROUTES_TAKEN } from './routes-taken.ts';
import { tableWord } from './routing-table.ts';
import { ALL_SESSIONS, SESSION } from './session-columns.ts';

const MESSAGE = 'rtnetlink(7) RTM_GETROUTE and RTM_GETRULE';
const OF_ROUTE = 'rtnetlink(7) RTM_GETROUTE';
const OF_RULE = 'rtnetlink(7) RTM_GETRULE';

const METRICS: readonly Column<RouteMetric>[] = [
  { name: 'name', type: 'word', unit: null, doc: 'which: mtu, advmss and so on', value: (it) => it.name },
  { name: 'value', type: 'word', unit: null, doc: 'its value; times in milliseconds', value: (it) => it.value },
  {
    name: 'locked',
    type: 'boolean',
    unit: null,
    doc: 'whether the kernel may not adapt it',
    value: (it) => it.isLocked,
  },
];

type Of<Type> = Extract<KernelColumn<RouteEntry>, { type: Type }>;

const namespaceColumns: readonly KernelColumn<RouteEntry>[] = [
  {
    name: 'net_namespace',
    type: 'u64',
    unit: null,
    doc: 'the network namespace, as the inode that /proc/<pid>/ns/net names; null where we may not see it',
    source: '/proc/<pid>/ns/net',
    value: ({ namespace }) => namespace.inode,
  },
  {
    name: 'net_namespace_name',
    type: 'text',
    unit: null,
    doc: 'what ip netns calls it; null without a name',
    source: '/proc/self/mountinfo',
    value: ({ namespace }) => namespace.name && toText(namespace.name),
  },
];

const both: readonly KernelColumn<RouteEntry>[] = [
  {
    name: 'kind',
    type: 'word',
    unit: null,
    doc: 'route or rule: rules are gone through by priority, and say in which table routes are looked for',
    source: MESSAGE,
    value: ({ it }) => it.kind,
  },
  word('family', 'ipv4 or ipv6', MESSAGE, { route: (it) => it.family, rule: (it) => it.family }),
  word('routing_table', 'main, local, default, else its number; of a rule the one that it looks in', MESSAGE, {
    route: (it) => tableWord(it.table),
    rule: (it) => tableWord(it.table),
  }),
  integer('priority', 'of a rule: the lowest one comes first', OF_RULE, { rule: (it) => it.priority }),
  word('source', 'the prefix that packets come from; 0.0.0.0/0 and ::/0 are any', MESSAGE, {
    route: (it) => it.source,
    rule: (it) => it.source,
  }),
  word('destination', 'the prefix that packets go to; 0.0.0.0/0 and ::/0 are any', MESSAGE, {
    route: (it) => it.destination,
    rule: (it) => it.destination,
  }),
  word(
    'type',
    'of a route unicast, local, broadcast, anycast, multicast, blackhole, unreachable, prohibit or throw; ' +
      'of a rule lookup, goto, nop, blackhole, unreachable or prohibit; else the number',
    MESSAGE,
    { route: (it) => it.type, rule: (it) => it.action },
  ),
  word('gateway', 'the router, of several the first; null where the destination is on that link', OF_ROUTE, {
    route: (it) => it.gateway,
  }),
  {
    ...described('interface', 'the interface, of several the first; of a rule that of the socket', MESSAGE),
    type: 'text',
    value: ({ it }) => {
      const name = it.kind === 'route' ? it.route.interface : it.rule.outputInterface;
      return name === null ? null : toText(name);
    },
  },
];

const ofRoutes: readonly KernelColumn<RouteEntry>[] = [
  integer('metric', 'of routes to the same the lowest one counts', OF_ROUTE, { route: (it) => it.metric }),
  word('preferred_source', 'the address that packets get as their source; null where it is left open', OF_ROUTE, {
    route: (it) => it.preferredSource,
  }),
  word('protocol', 'who made it: kernel, boot, static, dhcp, ra and so on; else the number', MESSAGE, {
    route: (it) => it.protocol,
    rule: (it) => it.protocol,
  }),
  word('scope', 'how far it leads: global, site, link, host or nowhere; else the number', OF_ROUTE, {
    route: (it) => it.scope,
  }),
  integer('tos', 'the type of service that it is for; 0 for any', MESSAGE, {
    route: (it) => it.tos,
    rule: (it) => it.tos,
  }),
  {
    ...nested(
      { name: 'next_hops', type: 'list', unit: null, doc: 'all of them where a route has several' },
      NEXT_HOPS,
      ({ it }: RouteEntry) => (it.kind === 'route' ? it.route.nextHops : null),
    ),
    source: OF_ROUTE,
  },
  integer('next_hop_id', 'the next hop object that it uses (ip nexthop)', OF_ROUTE, { route: (it) => it.nextHopId }),
  {
    ...integer('mtu', 'the largest packet; null where the interface says', OF_ROUTE, { route: (it) => it.mtu }),
    unit: 'bytes',
  },
  {
    ...nested(
      { name: 'metrics', type: 'list', unit: null, doc: 'what else is set for what goes by it, mtu included' },
      METRICS,
      ({ it }: RouteEntry) => (it.kind === 'route' ? it.route.metrics : null),
    ),
    source: OF_ROUTE,
  },
  word('encapsulation', 'what packets are wrapped into: mpls, ip, ip6, seg6 and so on', OF_ROUTE, {
    route: (it) => it.encapsulation,
  }),
  word('preference', 'of IPv6: low, medium or high, as its router has said', OF_ROUTE, {
    route: (it) => it.preference,
  }),
  {
    ...integer('expires_seconds', 'how long it will stay; null where it stays', OF_ROUTE, {
      route: (it) => it.expiresSeconds,
    }),
    unit: 'seconds',
  },
];

const ofRules: readonly KernelColumn<RouteEntry>[] = [
  {
    ...described('input_interface', 'of a rule: packets that come in there; lo for those of this machine', OF_RULE),
    type: 'text',
    value: ({ it }) => (it.kind === 'rule' && it.rule.inputInterface !== null ? toText(it.rule.inputInterface) : null),
  },
  integer('mark', 'of a rule: the mark of packets (SO_MARK, nftables)', OF_RULE, { rule: (it) => it.mark }),
  integer('mark_mask', 'which bits of the mark are compared', OF_RULE, { rule: (it) => it.markMask }),
  word('uid_range', 'of a rule: the users whose sockets it is for, from-to', OF_RULE, {
    rule: (it) => range(it.uidRange),
  }),
  integer('ip_protocol', 'of a rule: 6 for TCP, 17 for UDP', OF_RULE, { rule: (it) => it.ipProtocol }),
  word('source_ports', 'of a rule: from-to', OF_RULE, { rule: (it) => range(it.sourcePorts) }),
  word('destination_ports', 'of a rule: from-to', OF_RULE, { rule: (it) => range(it.destinationPorts) }),
  integer('dscp', 'of a rule: the code point of packets', OF_RULE, { rule: (it) => it.dscp }),
  {
    ...described('inverted', 'of a rule: whether it is for all packets that its conditions are not for', OF_RULE),
    type: 'boolean',
    value: ({ it }) => (it.kind === 'rule' ? it.rule.isInverted : null),
  },
  integer('goto_priority', 'of a rule goto: the priority of the rule to go on with', OF_RULE, {
    rule: (it) => it.goto,
  }),
  integer('suppress_prefix_length', 'of a rule: routes with a prefix no longer than this do not count', OF_RULE, {
    rule: (it) => it.suppressPrefixLength,
  }),
  integer('suppress_interface_group', 'of a rule: routes over interfaces of this group do not count', OF_RULE, {
    rule: (it) => it.suppressInterfaceGroup,
  }),
  {
    ...described('l3mdev', 'of a rule: whether it looks in the table of the VRF of a packet', OF_RULE),
    type: 'boolean',
    value: ({ it }) => (it.kind === 'rule' ? it.rule.isL3mdev : null),
  },
  {
    ...described('tunnel_id', 'of a rule: the tunnel that packets come from', OF_RULE),
    type: 'u64',
    value: ({ it }) => (it.kind === 'rule' ? it.rule.tunnelId : null),
  },
  integer(
    'realms',
    'what ip calls realms: the source in the upper 16 bits, the destination in the lower ones',
    MESSAGE,
    {
      route: (it) => it.realms,
      rule: (it) => it.realms,
    },
  ),
  {
    ...described(
      'flags',
      'onlink, linkdown, dead, offload, pervasive and so on; of a rule permanent, unresolved, iif_detached, ' +
        'oif_detached, and condition_N for a condition that plumb does not know: it is for less than it seems',
      MESSAGE,
    ),
    type: 'words',
    value: ({ it }) => (it.kind === 'route' ? it.route.flags : it.rule.flags),
  },
];

/** Every route and every policy rule. */
export const ROUTES = kernelRelation<RouteEntry>({
  name: 'routes',
  row: 'a route of a table, or a policy rule',
  summary: 'every route and policy rule, and with --to which way packets take',
  doc:
    'The tables and rules of IPv4 and IPv6 of every network namespace that a process lives in or a mount keeps; each row ' +
    'belongs to every session that lives there. Prefixes are written in full (what ip calls default is 0.0.0.0/0 or ::/0), ' +
    'and words are those of ip without its files of names: of tables main, local and default, else the number. Routes of multicast routing (ip mroute) and of MPLS, and what a route has ' +
    'become for single addresses (ip route show cache), are not among them.',
  needs:
    'nothing for our own network namespace; for another one root, and koffi: without, it is read as text, which has no ' +
    'rules, of IPv6 no table, of a route no maker, preferred source, next hops beyond the first, settings or flags, and ' +
    'of IPv4 outside the main table neither gateway, interface nor metric; a route of IPv6 with several next hops is ' +
    'several rows then',
  shown: [
    'kind',
    'family',
    'routing_table',
    'priority',
    'source',
    'destination',
    'type',
    'gateway',
    'interface',
    'metric',
    'net_namespace',
    'session',
  ],
  columns: [...both, ...ofRoutes, ...ofRules, ...namespaceColumns, SESSION, ALL_SESSIONS],
  options: [
    { flags: '--to <address>', doc: 'which way packets of a session take to this address, as the kernel decides now' },
    { flags: '--from <address>', doc: 'with --to: packets of a socket that is bound to this address' },
  ],
  instead: { option: 'to', relation: ROUTES_TAKEN },
  rows: readRouteEntries,
});

function described(name: string, doc: string, source: string) {
  return { name, unit: null, doc, source };
}

/** What a column has of a route, and of a rule: null for the kind that has no such thing. */
interface Both<Value> {
  readonly route?: (it: NetworkRoute) => Value | null;
  readonly rule?: (it: PolicyRule) => Value | null;
}

function told<Value>({ route, rule }: Both<Value>) {
  return ({ it }: RouteEntry): Value | null => {
    return it.kind === 'route' ? (route?.(it.route) ?? null) : (rule?.(it.rule) ?? null);
  };
}

function word(name: string, doc: string, source: string, of: Both<string>): Of<'word'> {
  return { ...described(name, doc, source), type: 'word', value: told(of) };
}

function integer(name: string, doc: string, source: string, of: Both<number>): Of<'integer'> {
  return { ...described(name, doc, source), type: 'integer', value: told(of) };
}

function range(it: NumberRange | null): string | null {
  return it && `${it.first}-${it.last}`;
}
