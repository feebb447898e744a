import { ParseError } from '../model/errors.ts';
import { type Missing, type Outcome, value } from '../model/outcome.ts';
import type { Socket } from '../model/socket.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { dumpWhole, type Netlink, type NetlinkSocket } from './native/netlink.ts';
import { logUnreadable, type NetNamespace, withProcessIn } from './net-namespaces.ts';
import { withNetlinkIn } from './netlink-in.ts';
import {
  decodeInetDiag,
  type InetTable,
  inetDiagCookie,
  inetDiagInode,
  inetDiagRequest,
  NETLINK_SOCK_DIAG,
  SOCK_DIAG_BY_FAMILY,
} from './parse/inet-diag.ts';
import { AddressTexts } from './parse/ip-address.ts';
import { inetFile, parseNetTcp } from './parse/net-tcp.ts';
import { parseNetUnix } from './parse/net-unix.ts';
import { decodeUnixDiag, unixDiagInode, unixDiagRequest } from './parse/unix-diag.ts';
import type { Procfs } from './procfs.ts';

/** What sockets are read through. */
export interface SocketSources {
  readonly procfs: Procfs;
  /** Null where koffi does not load: then the text files of /proc tell what they know. */
  readonly netlink: Netlink | null;
  readonly log: CoverageLog;
}

/** Which sockets are wanted. */
export interface SocketAsk {
  /** By inode, before anything else is read of a socket; null for all, those that no process has too. */
  readonly wants: ((inode: number) => boolean) | null;
  /** Whether to ask for struct tcp_info, which makes the answer three times as long. */
  readonly withTcpInfo: boolean;
  readonly protocols: ReadonlySet<Socket['protocol']>;
}

/** Every protocol that is read. */
export const ALL_PROTOCOLS: ReadonlySet<Socket['protocol']> = new Set(['tcp', 'udp', 'unix']);

/** How often a text is read that contradicts itself. */
const TRIES = 3;

const INET_TABLES: readonly InetTable[] = [
  { protocol: 'tcp', family: 'ipv4' },
  { protocol: 'tcp', family: 'ipv6' },
  { protocol: 'udp', family: 'ipv4' },
  { protocol: 'udp', family: 'ipv6' },
];

/** A table of sockets, read in either way. */
interface Table {
  readonly protocol: Socket['protocol'];
  fromKernel(socket: NetlinkSocket, ask: SocketAsk): Outcome<Socket[]>;
  fromText(ask: SocketAsk): Outcome<Socket[]>;
}

/**
 * Reads the TCP, UDP and unix sockets of some network namespaces: by sock_diag(7) where the namespace may be entered,
 * else from the text files of a process that lives in it. Each table that sock_diag does not offer is read as text too.
 * The text files come in pieces, between which the kernel counts on from where it was: while other sockets are closed it
 * can pass over one. The messages have not been seen to.
 * A connection of MPTCP is told as the TCP connections that it goes over, which have its inode.
 * UDP-Lite, raw, packet and vsock sockets are not read; nor TCP sockets that neither listen nor are connected, and UDP
 * sockets that have no port yet: the kernel lists them nowhere.
 *
 * Source: sock_diag(7); /proc/<pid>/net/tcp, tcp6, udp, udp6, unix
 * Needs:  for our own network namespace nothing; for others CAP_SYS_ADMIN, or a process in them that we may see
 */
export function readSockets(sources: SocketSources, namespaces: Iterable<NetNamespace>, ask: SocketAsk): Socket[] {
  const rows: Socket[] = [];
  const written = new Set<Socket>();
  for (const namespace of namespaces) {
    const unread = readNamespace(sources, namespace, ask, { rows, written });
    if (unread !== null) logUnreadable(sources.log, unread);
  }
  return written.size === 0 ? rows : withoutForged(rows, written, sources.log);
}

interface Told {
  readonly rows: Socket[];
  /** Those of unix that a text tells, where a path can pretend to be a line. */
  readonly written: Set<Socket>;
}

/** Such a line can name any inode, and so lay a socket at the door of whoever has that one: no two sockets share one. */
function withoutForged(rows: readonly Socket[], written: ReadonlySet<Socket>, log: CoverageLog): Socket[] {
  const many = new Map<bigint | null, number>();
  for (const { inode } of rows) many.set(inode, (many.get(inode) ?? 0) + 1);
  return rows.filter((row) => {
    if (!written.has(row) || (many.get(row.inode) ?? 0) < 2) return true;
    const field = `Inode ${row.inode}, which another socket has`;
    log.addDamage(new ParseError({ source: '/proc/<pid>/net/unix', field, excerpt: row.path ?? '' }), null);
    return false;
  });
}

/** Adds the rows of a namespace to the others. Returns why some of its tables could not be read; null where all were. */
function readNamespace(
  sources: SocketSources,
  namespace: NetNamespace,
  ask: SocketAsk,
  { rows, written }: Told,
): Missing | null {
  const tables = tablesOf(sources, namespace).filter(({ protocol }) => ask.protocols.has(protocol));
  const found = new Map<Table, Outcome<Socket[]>>();
  const entered = withSockDiag(sources, namespace, (socket) => {
    for (const table of tables) found.set(table, table.fromKernel(socket, ask));
    return value(null);
  });
  let unread: Missing | null = null;
  for (const table of tables) {
    const asked = found.get(table);
    if (asked?.kind === 'malformed') sources.log.addDamage(asked.error, null);
    const read = asked?.kind === 'value' ? asked : table.fromText(ask);
    if (read.kind === 'value') {
      for (const row of read.value) rows.push(row);
      if (read !== asked && table.protocol === 'unix') for (const row of read.value) written.add(row);
    } else if (read.kind === 'malformed') sources.log.addDamage(read.error, null);
    // A mount keeps a namespace in which nobody lives: then what has barred the way in is the reason.
    else unread = read.kind === 'gone' && namespace.path !== null && entered.kind !== 'value' ? entered : read;
  }
  return unread;
}

function withSockDiag<T>(
  { procfs, netlink }: SocketSources,
  namespace: NetNamespace,
  use: (socket: NetlinkSocket) => Outcome<T>,
): Outcome<T> {
  if (netlink === null) return { kind: 'unsupported', errno: 'ENOSYS' };
  return withNetlinkIn({ procfs, netlink, namespace, protocol: NETLINK_SOCK_DIAG }, use);
}

function tablesOf(sources: SocketSources, namespace: NetNamespace): Table[] {
  const texts = new AddressTexts();
  return [...INET_TABLES.map((table) => inetTable(sources, namespace, table, texts)), unixTable(sources, namespace)];
}

function inetTable(sources: SocketSources, namespace: NetNamespace, table: InetTable, texts: AddressTexts): Table {
  const about = { netNamespace: namespace.inode, texts };
  return {
    protocol: table.protocol,
    fromKernel: (socket, { wants, withTcpInfo }) => {
      const payload = inetDiagRequest(table, withTcpInfo && table.protocol === 'tcp');
      const latest = new Latest();
      return dumpWhole<Socket>(socket, { type: SOCK_DIAG_BY_FAMILY, flags: 0, payload }, (message, rows) => {
        const inode = inetDiagInode(message);
        if (wants !== null && !wants(inode)) return;
        latest.put(rows, inetDiagCookie(message), decodeInetDiag(message, table, about));
      });
    },
    fromText: ({ wants }) => {
      return withProcessIn(sources.procfs, namespace, (held) => {
        const file = held.read(`net/${inetFile(table)}`);
        // Without IPv6 there is no such file, while that of IPv4 is there.
        const isWithout = table.family === 'ipv6' && file.kind === 'gone' && held.read('net/tcp').kind === 'value';
        return isWithout ? value([]) : parseOutcome(file, (bytes) => parseNetTcp(bytes, table, { ...about, wants }));
      });
    },
  };
}

function unixTable({ procfs, log }: SocketSources, namespace: NetNamespace): Table {
  const netNamespace = namespace.inode;
  return {
    protocol: 'unix',
    fromKernel: (socket, { wants }) => {
      const question = { type: SOCK_DIAG_BY_FAMILY, flags: 0, payload: unixDiagRequest() };
      const latest = new Latest();
      return dumpWhole<Socket>(socket, question, (message, rows) => {
        const inode = unixDiagInode(message);
        if (wants !== null && !wants(inode)) return;
        latest.put(rows, inode, decodeUnixDiag(message, netNamespace));
      });
    },
    fromText: ({ wants }) => {
      return withProcessIn(procfs, namespace, (held) => {
        for (let tries = 1; ; tries++) {
          const table = parseOutcome(held.read('net/unix'), (bytes) => parseNetUnix(bytes, { netNamespace, wants }));
          if (table.kind !== 'value') return table;
          const { doubt, sockets } = table.value;
          // A socket that was bound while the file was read is told twice too, but not the next time.
          if (doubt !== null && tries < TRIES) continue;
          if (doubt !== null) log.addDamage(doubt, null);
          return value([...sockets]);
        }
      });
    },
  };
}

/** A socket that changes while the list is told can come twice, from two places of the kernel's table: the later word holds. */
class Latest {
  readonly #places = new Map<number, number>();

  put(rows: Socket[], key: number, row: Socket): void {
    // The list is asked for anew.
    if (rows.length === 0) this.#places.clear();
    const place = this.#places.get(key);
    if (place === undefined) this.#places.set(key, rows.push(row) - 1);
    else rows[place] = row;
  }
}
