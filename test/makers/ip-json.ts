/** What `ip -j -d` says, in the words of the relation of routes. */
import { execFileSync } from 'node:child_process';

type Said = Record<string, unknown>;
/** A row as it stands in JSON. */
export type Row = Record<string, unknown>;

const ANY = { ipv4: '0.0.0.0/0', ipv6: '::/0' } as const;
const FULL = { ipv4: 32, ipv6: 128 } as const;
type Family = keyof typeof ANY;
const FAMILIES: readonly (readonly [option: string, family: Family])[] = [
  ['-4', 'ipv4'],
  ['-6', 'ipv6'],
];

/** Runs ip(8) in the network namespace of a process. */
export function ipIn(pid: number, ...args: readonly string[]): Said[] {
  const text = execFileSync('nsenter', ['-n', '-t', String(pid), 'ip', '-j', '-d', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 27,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return text.trim() === '' ? [] : (JSON.parse(text) as Said[]);
}

/** All routes there, as `ip route show table all` has them. */
export function ipRoutes(pid: number): Row[] {
  return FAMILIES.flatMap(([option, family]) => {
    return ipIn(pid, option, 'route', 'show', 'table', 'all').map((it) => routeRow(it, family));
  });
}

/** All rules there, as `ip rule` has them. */
export function ipRules(pid: number): Row[] {
  return FAMILIES.flatMap(([option, family]) => ipIn(pid, option, 'rule').map((it) => ruleRow(it, family)));
}

/** One route of ip's, but for the weights and flags of its next hops. */
function routeRow(it: Said, family: Family): Row {
  const hops = (it['nexthops'] as Said[] | undefined) ?? [];
  const way = hops[0] ?? it;
  const metrics = (it['metrics'] as Said[] | undefined)?.[0] ?? {};
  return {
    kind: 'route',
    family,
    routing_table: it['table'],
    source: prefix(it['from'] ?? null, family),
    destination: prefix(it['dst'], family),
    type: it['type'],
    gateway: gateway(way),
    interface: way['dev'] ?? null,
    metric: it['metric'] ?? 0,
    preferred_source: it['prefsrc'] ?? null,
    protocol: it['protocol'],
    scope: it['scope'],
    tos: Number(it['tos'] ?? 0),
    next_hops: hops.map((hop) => ({
      gateway: gateway(hop),
      interface: hop['dev'],
      weight: hop['weight'],
      flags: hop['flags'],
    })),
    next_hop_id: it['nhid'] ?? null,
    mtu: metrics['mtu'] ?? null,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)])),
    preference: it['pref'] ?? null,
    expires: it['expires'] !== undefined,
    realms: realms(it['flow'] as Said | undefined),
    flags: it['flags'],
  };
}

function ruleRow(it: Said, family: Family): Row {
  const has = (name: string) => name in it;
  const ports = (name: string) => {
    if (has(name)) return `${it[name]}-${it[name]}`;
    return has(`${name}_start`) ? `${it[`${name}_start`]}-${it[`${name}_end`]}` : null;
  };
  const goto = has('goto') ? 'goto' : null;
  return {
    kind: 'rule',
    family,
    routing_table: it['table'] ?? null,
    priority: it['priority'],
    source: prefix(it['src'], family, it['srclen']),
    destination: prefix(it['dst'] ?? null, family, it['dstlen']),
    type: it['action'] ?? goto ?? (has('nop') ? 'nop' : 'lookup'),
    interface: it['oif'] ?? null,
    input_interface: it['iif'] ?? null,
    mark: has('fwmark') ? Number(it['fwmark']) : null,
    mark_mask: has('fwmask') ? Number(it['fwmask']) : null,
    tos: Number(it['tos'] ?? 0),
    uid_range: has('uid_start') ? `${it['uid_start']}-${it['uid_end']}` : null,
    ip_protocol: { tcp: 6, udp: 17 }[String(it['ipproto'])] ?? null,
    source_ports: ports('sport'),
    destination_ports: ports('dport'),
    inverted: has('not'),
    goto_priority: it['goto'] ?? null,
    suppress_prefix_length: it['suppress_prefixlen'] ?? null,
    protocol: it['protocol'],
    is_unresolved: has('unresolved'),
    is_detached: has('iif_detached') || has('oif_detached'),
  };
}

function gateway(way: Said): unknown {
  return way['gateway'] ?? (way['via'] as Said | undefined)?.['host'] ?? null;
}

function prefix(said: unknown, family: Family, length: unknown = null): string {
  if (said === null || said === 'all' || said === 'default') return ANY[family];
  const text = String(said);
  return text.includes('/') ? text : `${text}/${length ?? FULL[family]}`;
}

function realms(flow: Said | undefined): number | null {
  return flow === undefined ? null : Number(flow['from'] ?? 0) * 0x10000 + Number(flow['to'] ?? 0);
}
