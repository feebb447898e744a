/** The kernel's own names for what rtnetlink tells as numbers; where it has none, the digits. */

/**
 * What a route does with packets.
 *
 * Source: RTN_* of linux/rtnetlink.h
 * Units:  none
 */
export function routeType(code: number): string {
  return ROUTE_TYPES[code] ?? String(code);
}

/** What a rule does: FR_ACT_* of linux/fib_rules.h. */
export function ruleAction(code: number): string {
  return RULE_ACTIONS[code] ?? String(code);
}

/** Who made a route or a rule: RTPROT_*, in the words of `ip`. */
export function routeProtocol(code: number): string {
  return PROTOCOLS[code] ?? String(code);
}

/** How far away a route leads: RT_SCOPE_*, in the words of `ip`. */
export function routeScope(code: number): string {
  return SCOPES[code] ?? String(code);
}

/** What packets of a route are wrapped into: LWTUNNEL_ENCAP_* of linux/lwtunnel.h, in the words of `ip`. */
export function encapsulation(code: number): string {
  return ENCAPSULATIONS[code] ?? String(code);
}

/** How good a router has said to be: ICMPV6_ROUTER_PREF_*. */
export function routerPreference(code: number): string {
  return PREFERENCES[code] ?? String(code);
}

/** A metric of a route: RTAX_*, in the words of `ip`. */
export function metricName(code: number): string {
  return METRICS[code] ?? String(code);
}

/** The flags of a route or a next hop that are set: RTNH_F_* and RTM_F_*, in the words of `ip`. */
export function routeFlags(bits: number): string[] {
  return ROUTE_FLAGS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
}

/** The flags of a rule that are set, but for its inversion: FIB_RULE_*. */
export function ruleFlags(bits: number): string[] {
  return RULE_FLAGS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
}

const ROUTE_TYPES = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
];

const RULE_ACTIONS: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'lookup',
  2: 'goto',
  3: 'nop',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
};

const PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  8: 'gated',
  9: 'ra',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  13: 'dnrouted',
  14: 'xorp',
  15: 'ntk',
  16: 'dhcp',
  17: 'mrouted',
  18: 'keepalived',
  42: 'babel',
  99: 'openr',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  192: 'eigrp',
};

const SCOPES: Readonly<Record<number, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' };

const ENCAPSULATIONS = ['none', 'mpls', 'ip', 'ila', 'ip6', 'seg6', 'bpf', 'seg6local', 'rpl', 'ioam6', 'xfrm'];

const PREFERENCES = ['medium', 'high', 'invalid', 'low'];

const METRICS = [
  'unspec',
  'lock',
  'mtu',
  'window',
  'rtt',
  'rttvar',
  'ssthresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'features',
  'rto_min',
  'initrwnd',
  'quickack',
  'congestion_control',
  'fastopen_no_cookie',
];

const ROUTE_FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x1, 'dead'],
  [0x4, 'onlink'],
  [0x2, 'pervasive'],
  [0x8, 'offload'],
  [0x40, 'trap'],
  [0x100, 'notify'],
  [0x10, 'linkdown'],
  [0x20, 'unresolved'],
  [0x4000, 'rt_offload'],
  [0x8000, 'rt_trap'],
  [0x20000000, 'rt_offload_failed'],
];

const RULE_FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x1, 'permanent'],
  [0x4, 'unresolved'],
  [0x8, 'iif_detached'],
  [0x10, 'oif_detached'],
];
