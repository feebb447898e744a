import { findNetNamespaces, logUnreadable, type NetNamespace } from '../kernel/net-namespaces.ts';
import { readRoutes } from '../kernel/routes.ts';
import { PlumblineError } from '../model/errors.ts';
import type { NetworkRoute, PolicyRule } from '../model/network-route.ts';
import { valueOrNull } from '../model/outcome.ts';
import type { Joined } from '../model/session-tag.ts';
import type { Ask, MachineLook } from './machine-look.ts';
import { netlinkOf } from './netlink-of.ts';
import { sessionsIn } from './sessions-in.ts';

/** A route or a rule of a network namespace, with the sessions that live there. */
export interface RouteEntry extends Joined {
  readonly namespace: NetNamespace;
  readonly it:
    | { readonly kind: 'route'; readonly route: NetworkRoute }
    | { readonly kind: 'rule'; readonly rule: PolicyRule };
}

/**
 * The routes and rules of every network namespace, or of those that the sessions asked for live in.
 *
 * Needs: nothing for our own network namespace; to enter another one root, and koffi: else it is read as text, which
 *        tells less of each route, and no rules
 * @throws {PlumblineError} `usage` for an option that goes with another one
 */
export async function readRouteEntries(look: MachineLook, ask: Ask): Promise<RouteEntry[]> {
  if (ask.options['from'] !== undefined) {
    throw new PlumblineError('usage', '--from says nothing without --to', { hint: 'add --to ADDRESS' });
  }
  const { procfs } = look.machine;
  const netlink = await netlinkOf(look);
  const found = findNetNamespaces(procfs, pidsFor(look, ask), look.log);
  return found.flatMap((namespace) => {
    const { pids, inode } = namespace;
    const sessions = sessionsIn(look, { pids, link: inode === null ? null : `net:[${inode}]` });
    const { sessions: asked } = ask;
    if (asked !== null && !sessions.some((tag) => asked.has(tag.session))) return [];
    const read = readRoutes(procfs, namespace, netlink);
    if (read.kind !== 'value') {
      logUnreadable(look.log, read);
      return [];
    }
    const { routes, rules, missing } = read.value;
    if (missing !== null) look.log.addCount(`rules_${missing}`, 1);
    return [
      ...(rules ?? []).map((rule): RouteEntry => ({ namespace, it: { kind: 'rule', rule }, sessions })),
      ...routes.map((route): RouteEntry => ({ namespace, it: { kind: 'route', route }, sessions })),
    ];
  });
}

/** Whoever may live in a namespace that is asked for; of those all sessions are told that live there. */
function pidsFor(look: MachineLook, { sessions }: Ask): readonly number[] {
  if (sessions !== null) return look.processesOf(new Set(look.snapshot.sessions)).map(({ pid }) => pid);
  return valueOrNull(look.machine.procfs.list())?.pids ?? [...look.stats.keys()];
}
