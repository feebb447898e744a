import type { NetworkRoute, PolicyRule } from '../model/network-route.ts';
import { type Outcome, value } from '../model/outcome.ts';
import type { Netlink, NetlinkSocket } from './native/netlink.ts';
import { type NetNamespace, withProcessIn } from './net-namespaces.ts';
import { withNetlinkIn } from './netlink-in.ts';
import type { Procfs } from './procfs.ts';
import { dumpLinks, dumpRoutes, dumpRules, NETLINK_ROUTE } from './routes-netlink.ts';
import { readRoutesText } from './routes-text.ts';

/** The routes of a network namespace, and the rules that say where they are looked for. */
export interface NamespaceRoutes {
  readonly routes: readonly NetworkRoute[];
  /** Null where they were read as text: why the kernel could not be asked is in `missing`. */
  readonly rules: readonly PolicyRule[] | null;
  /** `denied` where the namespace may not be entered, `untold` for any other reason. */
  readonly missing: 'denied' | 'untold' | null;
}

/**
 * Reads the routes and rules of a network namespace: through rtnetlink where it may be entered, and else the text files
 * of a process that lives in it.
 *
 * Source: rtnetlink(7); /proc/<pid>/net/fib_trie, net/route and net/ipv6_route
 * Needs:  nothing for our own; CAP_SYS_ADMIN and CAP_SYS_PTRACE to enter another one, and koffi
 * @param netlink null where koffi does not load, and in a recorded scene
 */
export function readRoutes(procfs: Procfs, namespace: NetNamespace, netlink: Netlink | null): Outcome<NamespaceRoutes> {
  const asked = netlink && withNetlinkIn({ procfs, netlink, namespace, protocol: NETLINK_ROUTE }, readAll);
  if (asked?.kind === 'value' || asked?.kind === 'malformed') return asked;
  const read = withProcessIn(procfs, namespace, readRoutesText);
  if (read.kind === 'value') {
    return value({ routes: read.value, rules: null, missing: asked?.kind === 'denied' ? 'denied' : 'untold' });
  }
  if (asked !== null) return asked;
  // A namespace that only a mount keeps has no text files; it is there all the same.
  return namespace.pids.length === 0 ? { kind: 'unsupported', errno: 'ENOSYS' } : read;
}

function readAll(socket: NetlinkSocket): Outcome<NamespaceRoutes> {
  const links = dumpLinks(socket);
  if (links.kind !== 'value') return links;
  const routes = dumpRoutes(socket, links.value);
  if (routes.kind !== 'value') return routes;
  const rules = dumpRules(socket);
  if (rules.kind !== 'value') return rules;
  return value({ routes: routes.value, rules: rules.value, missing: null });
}
