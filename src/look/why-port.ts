import type { Connection } from '../model/connection.ts';
import type { Evidence } from '../model/evidence.ts';
import { distinctTags } from '../model/session-tag.ts';
import type { Socket, SocketAddress } from '../model/socket.ts';
import type { Why } from '../model/why.ts';
import { readConnections } from './connections.ts';
import type { MachineLook } from './machine-look.ts';
import { answerOf, namesOf } from './why-answer.ts';
import { whyProcesses } from './why-process.ts';

/** A port that is asked for; null for any. */
export interface PortQuestion {
  readonly port: number;
  /** As inet_ntop(3) writes it. */
  readonly address: string | null;
  readonly protocol: 'tcp' | 'udp' | null;
}

/** The columns that take a walk through everybody's descriptors. */
const WANTED = new Set(['holders', 'sessions']);

/**
 * From a port to those who listen on it or have a connection from it, and to those who are connected to it, in every
 * network that can be seen.
 *
 * Needs: same uid or CAP_SYS_PTRACE to see who has a socket; CAP_SYS_ADMIN for other networks
 */
export async function whyPort(look: MachineLook, asked: string, question: PortQuestion): Promise<Why> {
  const all = await readConnections(look, { sessions: null, wants: (column) => WANTED.has(column), options: {} });
  const own = all.filter(({ socket }) => isAt(socket, socket.local, question));
  const clients = all.filter(
    ({ socket }) => !own.some((it) => it.socket === socket) && isAt(socket, socket.peer, question),
  );
  const holders = whyProcesses(look, own.flatMap(rolesOf));
  const connected = whyProcesses(look, clients.flatMap(clientRolesOf));
  const hasOwn = own.length > 0;
  const tags = distinctTags(connected.map(({ tag }) => tag));
  const clientsToo = hasOwn && tags.length > 0 ? `; connected to it: ${namesOf(tags)}` : '';
  return answerOf(look, {
    kind: 'port',
    asked,
    says: (names) => {
      return hasOwn
        ? `port ${asked} is held by ${names}${clientsToo}`
        : `connected to port ${asked}: ${names}; nobody here holds it`;
    },
    evidence: [...own, ...clients].filter(isAlone).map(alone),
    processes: hasOwn ? holders : connected,
    others: hasOwn ? connected.filter(({ stat }) => !holders.some((it) => it.stat.pid === stat.pid)) : [],
    nothing: hasOwn || clients.length > 0 ? null : `nobody has port ${asked}`,
    unseen: own.some((it) => it.holders === null) ? 'who has it' : null,
  });
}

/** By those who have it, each with what it does there. */
function rolesOf({ socket, holders }: Connection) {
  const isServer = socket.state === 'LISTEN' || socket.state === 'UNCONN';
  const role = isServer ? `listens on ${describe(socket)}` : `has ${describe(socket)}`;
  return (holders ?? []).map(
    ({ stat, fds }) => [stat, { role, evidence: [held(stat.pid, fds[0] ?? '', socket)] }] as const,
  );
}

function clientRolesOf({ socket, holders }: Connection) {
  const role = `is connected to it: ${describe(socket)}`;
  return (holders ?? []).map(
    ({ stat, fds }) => [stat, { role, evidence: [held(stat.pid, fds[0] ?? '', socket)] }] as const,
  );
}

function isAt(socket: Socket, end: SocketAddress | null, { port, address, protocol }: PortQuestion): boolean {
  if (end?.port !== port || (protocol !== null && socket.protocol !== protocol)) return false;
  return address === null || takes(socket, end.address, address);
}

/** Whether an address is the one that is asked for, or stands for it: any, or IPv4 as IPv6 has it. */
function takes({ isV6Only }: Socket, has: string, asked: string): boolean {
  const [one, other] = [has, asked].map((it) => it.replace(/^::ffff:(?=[\d.]+$)/, ''));
  if (one === other) return true;
  const isV4 = other?.includes('.') === true;
  return one === '0.0.0.0' ? isV4 : one === '::' && (!isV4 || isV6Only !== true);
}

/** A socket that no process was seen with. */
function isAlone({ holders }: Connection): boolean {
  return holders === null || holders.length === 0;
}

function alone({ socket, holders }: Connection): Evidence {
  return {
    fact: holders === null ? 'a socket that nobody was seen with' : 'a socket that no process has any more, or yet',
    value: describe(socket),
    source: `network ${socket.netNamespace ?? 'unknown'}`,
    check: `ss -${socket.protocol === 'tcp' ? 't' : 'u'}anpe`,
  };
}

function held(pid: number, fd: string, socket: Socket): Evidence {
  return {
    fact: `${pid} has the socket ${socket.inode}`,
    value: describe(socket),
    source: `/proc/${pid}/fd/${fd}, network ${socket.netNamespace ?? 'unknown'}`,
    check: `readlink /proc/${pid}/fd/${fd}; nsenter -t ${pid} -n ss -${socket.protocol === 'tcp' ? 't' : 'u'}anpe`,
  };
}

function describe({ protocol, state, local, peer }: Socket): string {
  const to = peer === null ? '' : ` to ${written(peer)}`;
  return `${protocol} ${state} ${local === null ? '?' : written(local)}${to}`;
}

function written({ address, port }: SocketAddress): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
