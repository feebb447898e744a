import type { NetworkRoute } from '../model/network-route.ts';
import { type Outcome, value } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { type FibTable, type FibTrieRoute, parseFibTrie } from './parse/net-fib-trie.ts';
import { type Ipv6Route, parseNetIpv6Route } from './parse/net-ipv6-route.ts';
import { type MainRoute, parseNetRoute } from './parse/net-route.ts';
import type { HeldProcess } from './procfs.ts';

const MAIN = 254;
const LOCAL = 255;
/** Two files tell of one table, and it may change between them. */
const TRIES = 5;

/**
 * The routes of a process's network namespace as its text files tell them: less of each than rtnetlink tells, and no
 * rules.
 *
 * Source: /proc/<pid>/net/fib_trie, /proc/<pid>/net/route, /proc/<pid>/net/ipv6_route
 * Needs:  nothing; under hidepid the process's own user
 * @returns `unsupported` with errno EAGAIN where they kept changing
 */
export function readRoutesText(held: HeldProcess): Outcome<readonly NetworkRoute[]> {
  const ipv6 = parseOutcome(held.read('net/ipv6_route'), parseNetIpv6Route);
  // A kernel without IPv6 has no such file.
  if (ipv6.kind !== 'value' && ipv6.kind !== 'gone') return ipv6;
  const newer = ipv6.kind === 'value' ? ipv6.value.map(ofIpv6) : [];
  for (let tries = 0; tries < TRIES; tries++) {
    const tables = parseOutcome(held.read('net/fib_trie'), parseFibTrie);
    if (tables.kind !== 'value') return tables;
    const main = parseOutcome(held.read('net/route'), parseNetRoute);
    if (main.kind !== 'value') return main;
    const older = ofIpv4(tables.value, main.value);
    if (older !== null) return value([...older, ...newer]);
  }
  return { kind: 'unsupported', errno: 'EAGAIN' };
}

function ofIpv6(route: Ipv6Route): NetworkRoute {
  const { type, destination, source } = route;
  return rowOf({ family: 'ipv6', table: null, type, destination, source, scope: 'global', tos: 0 }, route);
}

/** @returns null where the two files do not fit each other */
function ofIpv4(tables: readonly FibTable[], main: readonly MainRoute[]): NetworkRoute[] | null {
  const trieOf = (id: number) => tables.find((table) => table.id === id)?.routes ?? [];
  const isShared = trieOf(MAIN).length > 0 && JSON.stringify(trieOf(MAIN)) === JSON.stringify(trieOf(LOCAL));
  const others = tables.filter(({ id }) => id !== MAIN && !(isShared && id === LOCAL));
  const rows = others.flatMap(({ id, routes }) => routes.map((it) => untoldOf(it, id)));
  const lines = linesByDestination(main);
  const groups = new Map<string, FibTrieRoute[]>();
  for (const it of trieOf(MAIN)) groups.set(it.destination, [...(groups.get(it.destination) ?? []), it]);
  for (const [destination, group] of groups) {
    const found = mainOf(group, lines.get(destination) ?? [], isShared);
    if (found === null) return null;
    rows.push(...found);
    lines.delete(destination);
  }
  return lines.size === 0 ? rows : null;
}

/**
 * Routes to one destination, in the order in which both files tell them. Of a trie that main and local share, those of
 * local come first; net/route has main's alone, and neither broadcasts nor multicasts.
 */
function mainOf(group: readonly FibTrieRoute[], lines: readonly MainRoute[], isShared: boolean): NetworkRoute[] | null {
  const isInLines = ({ type }: FibTrieRoute) => type !== 'broadcast' && type !== 'multicast';
  const told = group.filter(isInLines);
  const locals = told.length - lines.length;
  if (locals < 0 || (locals > 0 && !isShared)) return null;
  const rows = told.map((it, index) => {
    const line = lines[index - locals];
    if (line === undefined) return untoldOf(it, LOCAL);
    const { type, destination, scope, tos } = it;
    return rowOf({ family: 'ipv4', table: MAIN, type, destination, source: '0.0.0.0/0', scope, tos }, line);
  });
  const broadcasts = group.filter((it) => !isInLines(it)).map((it) => untoldOf(it, isShared ? null : MAIN));
  return [...rows, ...broadcasts];
}

function untoldOf({ destination, type, scope, tos }: FibTrieRoute, table: number | null): NetworkRoute {
  return rowOf({ family: 'ipv4', table, type, destination, source: '0.0.0.0/0', scope, tos }, null);
}

type Told = Pick<NetworkRoute, 'family' | 'table' | 'type' | 'destination' | 'source' | 'scope' | 'tos'>;
type Way = Pick<NetworkRoute, 'gateway' | 'interface' | 'metric'> & { readonly preference?: string | null };

/** Written out: an object that is put together from others takes ten times as long, and a table has thousands. */
function rowOf(told: Told, way: Way | null): NetworkRoute {
  return {
    family: told.family,
    table: told.table,
    type: told.type,
    destination: told.destination,
    source: told.source,
    gateway: way?.gateway ?? null,
    interface: way?.interface ?? null,
    nextHops: null,
    preferredSource: null,
    protocol: null,
    scope: told.scope,
    metric: way?.metric ?? null,
    tos: told.tos,
    mtu: null,
    metrics: null,
    nextHopId: null,
    encapsulation: null,
    preference: way?.preference ?? null,
    expiresSeconds: null,
    realms: null,
    flags: null,
  };
}

function linesByDestination(main: readonly MainRoute[]): Map<string, MainRoute[]> {
  const lines = new Map<string, MainRoute[]>();
  for (const it of main) {
    const known = lines.get(it.destination);
    if (known) known.push(it);
    else lines.set(it.destination, [it]);
  }
  return lines;
}
