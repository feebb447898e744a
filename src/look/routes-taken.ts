import { parseOutcome } from '../kernel/attempt.ts';
import { loadNetlink, type Netlink } from '../kernel/native/netlink.ts';
import { findNetNamespaces, logUnreadable, type NetNamespace } from '../kernel/net-namespaces.ts';
import { withNetlinkIn } from '../kernel/netlink-in.ts';
import { ipAddress, ipAddressBytes } from '../kernel/parse/address-bytes.ts';
import { parseFileSystemUid } from '../kernel/parse/proc-status.ts';
import { readHeldStat } from '../kernel/process-stat.ts';
import { type HeldProcess, withProcess } from '../kernel/procfs.ts';
import { RouteFinder, type RouteQuestion } from '../kernel/route-to.ts';
import { NETLINK_ROUTE } from '../kernel/routes-netlink.ts';
import { PlumblineError } from '../model/errors.ts';
import type { RouteAnswer } from '../model/network-route.ts';
import type { Outcome } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import type { Joined, SessionTag } from '../model/session-tag.ts';
import { type ByteString, fromUtf8 } from '../model/text.ts';
import type { Ask, MachineLook } from './machine-look.ts';

/** Which way the packets of a session take to an address. */
export interface RouteTaken extends Joined {
  readonly pid: number;
  readonly address: string;
  /** Null where it could not be found out in which it lives. */
  readonly namespace: NetNamespace | null;
  /** As which user it opens sockets; null where that could not be read. */
  readonly uid: number | null;
  /** Null where the kernel could not be asked. */
  readonly answer: RouteAnswer | null;
}

type Asked = Omit<RouteQuestion, 'uid'>;

/**
 * Asks for each session which way packets of its owner take to the address of `--to`. Of a session whose owner is not
 * settled each claimant is asked for.
 *
 * Needs: koffi; to enter another network namespace root
 * @throws {PlumblineError} `usage` for what is no address, or of one link without its interface;
 *         `unsupported_platform` where koffi does not load; `blind` in a recorded scene
 */
export async function readRoutesTaken(look: MachineLook, ask: Ask): Promise<RouteTaken[]> {
  const asked = questionOf(ask.options);
  if (!look.machine.isLive) {
    throw new PlumblineError('blind', 'a recorded machine cannot be asked for a route', {
      hint: 'plumb routes shows what was recorded',
    });
  }
  const asker = { netlink: await loadNetlink(), asked, finders: new Map<bigint | null, RouteFinder>() };
  const sessions = look.snapshot.sessions.filter((it) => ask.sessions?.has(it) ?? true);
  return sessions.flatMap((session) => {
    const pids = session.pid === null ? session.claimants.map(({ pid }) => pid) : [session.pid];
    return pids.flatMap((pid): RouteTaken[] => {
      const stat = look.stats.get(pid);
      const tag = stat === undefined ? null : look.tagOf(stat);
      return stat === undefined || tag === null ? [] : [takenBy(look, stat, tag, asker)];
    });
  });
}

interface Asker {
  readonly netlink: Netlink;
  readonly asked: Asked;
  /** Of each network namespace, by its inode. */
  readonly finders: Map<bigint | null, RouteFinder>;
}

function takenBy(
  look: MachineLook,
  stat: ProcessStat,
  tag: SessionTag,
  { netlink, asked, finders }: Asker,
): RouteTaken {
  const { procfs } = look.machine;
  const { pid } = stat;
  const namespace = findNetNamespaces(procfs, [pid], look.log).find(({ pids }) => pids.includes(pid)) ?? null;
  // Last: who is there now as it was in the look has had its number all the while.
  const read = withProcess(procfs, pid, (held) => userOf(held, stat));
  const uid = read.kind === 'value' ? read.value : null;
  if (read.kind !== 'value') note(look, read, pid);
  const row = { pid, address: ipAddress(asked.to) ?? '', namespace, uid, sessions: [tag] };
  if (namespace === null || uid === null) return { ...row, answer: null };
  const finder = finders.get(namespace.inode) ?? new RouteFinder();
  finders.set(namespace.inode, finder);
  const place = { procfs, netlink, namespace, protocol: NETLINK_ROUTE };
  const found = withNetlinkIn(place, (socket) => finder.find(socket, { ...asked, uid }));
  if (found.kind === 'value') return { ...row, answer: found.value };
  logUnreadable(look.log, found);
  return { ...row, answer: null };
}

function userOf(held: HeldProcess, { startTimeTicks }: ProcessStat): Outcome<number> {
  const now = readHeldStat(held);
  if (now.kind !== 'value') return now;
  if (now.value.startTimeTicks !== startTimeTicks) return { kind: 'gone', errno: 'ESRCH' };
  return parseOutcome(held.read('status'), parseFileSystemUid);
}

function note(look: MachineLook, missing: Exclude<Outcome<never>, { kind: 'value' }>, pid: number): void {
  if (missing.kind === 'malformed') look.log.addDamage(missing.error, pid);
  else if (missing.kind !== 'gone') look.log.addPid('stat_denied', pid);
}

/** @throws {PlumblineError} `usage` */
function questionOf({ to, from }: Ask['options']): Asked {
  const [destination, toName] = addressOf('--to', String(to));
  const [source, fromName] = from === undefined ? [null, null] : addressOf('--from', String(from));
  const name = toName ?? fromName;
  if (source !== null && source.length !== destination.length) {
    throw new PlumblineError('usage', '--from is of another family than --to', {
      hint: 'give two addresses of IPv4, or two of IPv6',
    });
  }
  if (fromName !== null && fromName !== name) {
    throw new PlumblineError('usage', `--to ${to} and --from ${from} name two interfaces`, {
      hint: 'packets of a socket that is bound to one leave by that one',
    });
  }
  if (name === null && (isOfOneLink(destination) || (source !== null && isOfOneLink(source)))) {
    const [option, address] = isOfOneLink(destination) ? ['--to', to] : ['--from', from];
    throw new PlumblineError('usage', `${option} ${address} is an address of one link, and which link is not said`, {
      hint: `write it with its interface: ${address}%eth0`,
    });
  }
  return { to: destination, from: source, interface: name };
}

function addressOf(option: string, text: string): [Uint8Array, ByteString | null] {
  const mark = text.indexOf('%');
  const name = mark === -1 ? undefined : text.slice(mark + 1);
  const bytes = ipAddressBytes(mark === -1 ? text : text.slice(0, mark));
  if (bytes !== null && (name === undefined || bytes.length === 16))
    return [bytes, name === undefined ? null : fromUtf8(name)];
  throw new PlumblineError('usage', `${option} ${text} is no address`, {
    hint: text.includes('/')
      ? 'one address of the prefix is asked for, not all of them: 10.0.0.1'
      : 'give one as 10.0.0.1 or fd00::1; what a name stands for is told by getent hosts NAME',
  });
}

/** fe80::/10: each link has such addresses. */
function isOfOneLink(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80;
}
