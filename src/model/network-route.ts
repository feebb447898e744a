import type { ByteString } from './text.ts';

/** Which internet protocol: each has tables and rules of its own. */
export type IpFamily = 'ipv4' | 'ipv6';

/** One way on of a route. */
export interface NextHop {
  /** The router, as inet_ntop(3) writes it; null where the destination itself is on that link. */
  readonly gateway: string | null;
  readonly interface: ByteString | null;
  /** Its share of the traffic, beside the others'. */
  readonly weight: number;
  /** `onlink`, `linkdown`, `dead`, `offload` and so on. */
  readonly flags: readonly string[];
}

/** A setting that a route has for what goes by it: `mtu`, `advmss`, `congestion_control`. */
export interface RouteMetric {
  readonly name: string;
  /** A number in digits; of `congestion_control` its name. */
  readonly value: string;
  /** Whether the kernel may not adapt it. */
  readonly isLocked: boolean;
}

/** A route of a table. What this way of reading does not tell is null, as is what the route does not have. */
export interface NetworkRoute {
  readonly family: IpFamily;
  /** The number of its table; null where that is not told. */
  readonly table: number | null;
  /** `unicast`, `local`, `blackhole` and so on; digits for one that has no name here. */
  readonly type: string | null;
  /** A prefix: `10.1.0.0/16`; `0.0.0.0/0` and `::/0` for any. */
  readonly destination: string;
  /** The same of where packets come from: only IPv6 routes can tell them apart by that. */
  readonly source: string;
  /** Of several next hops the first one's. */
  readonly gateway: string | null;
  /** Of several next hops the first one's; null for a route that leads nowhere. */
  readonly interface: ByteString | null;
  /** All of them where it has several, else none; null where that is not told. */
  readonly nextHops: readonly NextHop[] | null;
  /** The address that packets get as their source, unless their socket has chosen one. */
  readonly preferredSource: string | null;
  /** Who made it: `kernel`, `boot`, `static` and so on; digits for one that has no name here. */
  readonly protocol: string | null;
  /** How far away its destinations are: `global`, `link`, `host` and so on. */
  readonly scope: string | null;
  /** Of routes to the same the one with the lowest counts. */
  readonly metric: number | null;
  /** The type of service that it is for; 0 for any. */
  readonly tos: number | null;
  readonly mtu: number | null;
  readonly metrics: readonly RouteMetric[] | null;
  /** The next hop object that it uses (`ip nexthop`). */
  readonly nextHopId: number | null;
  /** What packets are wrapped into: `mpls`, `ip`, `seg6` and so on. */
  readonly encapsulation: string | null;
  /** Of IPv6: `low`, `medium` or `high`, as its router has said. */
  readonly preference: string | null;
  readonly expiresSeconds: number | null;
  /** What `ip` calls realms: the source's in the upper half, the destination's in the lower one. */
  readonly realms: number | null;
  readonly flags: readonly string[] | null;
}

/** A rule that says in which table a route is looked for. A condition that it does not have is null. */
export interface PolicyRule {
  readonly family: IpFamily;
  /** Rules are gone through from the lowest one. */
  readonly priority: number;
  /** `lookup`, `goto`, `nop`, `blackhole`, `unreachable` or `prohibit`; digits for one that has no name here. */
  readonly action: string;
  /** Where it looks; null for one that does not look in any table, or where l3mdev tells which. */
  readonly table: number | null;
  readonly source: string;
  readonly destination: string;
  readonly inputInterface: ByteString | null;
  readonly outputInterface: ByteString | null;
  readonly mark: number | null;
  readonly markMask: number | null;
  readonly tos: number;
  /** The code point of its own, where it is asked for instead of a type of service. */
  readonly dscp: number | null;
  readonly uidRange: NumberRange | null;
  /** The number of the protocol: 6 is TCP. */
  readonly ipProtocol: number | null;
  readonly sourcePorts: NumberRange | null;
  readonly destinationPorts: NumberRange | null;
  readonly isInverted: boolean;
  /** The priority of the rule that a `goto` goes on with. */
  readonly goto: number | null;
  /** A route found by this rule does not count where its prefix is not longer than this. */
  readonly suppressPrefixLength: number | null;
  /** The same for routes over interfaces of this group. */
  readonly suppressInterfaceGroup: number | null;
  /** Whether the table is that of the VRF which the packet is in. */
  readonly isL3mdev: boolean;
  readonly tunnelId: bigint | null;
  readonly realms: number | null;
  readonly protocol: string | null;
  /**
   * `permanent`, `unresolved`, `iif_detached`, `oif_detached`; and `condition_N` for what is asked for by an attribute
   * that plumb does not know: such a rule is for less than it seems.
   */
  readonly flags: readonly string[];
}

/** Numbers from the first to the last one. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** Which way packets to an address take. */
export interface RouteAnswer {
  /**
   * The type of the route: `unicast`, `local` and so on; where they go nowhere `unreachable`, `prohibit` or `blackhole`,
   * as a route or a rule says, and `no_route` where there is none, or a rule says unreachable; `refused` where the
   * kernel sends no such packets, as from 127.0.0.1 to another machine; `no_source` and `no_interface` where the source address, or the interface, is none of that network namespace.
   */
  readonly type: string;
  /** The route as it stands in its table; null where they go nowhere, and where no table has it. */
  readonly entry: NetworkRoute | null;
  /** The router that was chosen; null where the destination is on that link. */
  readonly gateway: string | null;
  readonly interface: ByteString | null;
  /** The address that packets get as their source. */
  readonly sourceAddress: string | null;
  readonly mtu: number | null;
}
