import { loadLinkReader } from '../kernel/native/links.ts';
import { findNetNamespaces, type NetNamespace } from '../kernel/net-namespaces.ts';
import { SocketHolders } from '../kernel/socket-holders.ts';
import { ALL_PROTOCOLS, readSockets, type SocketAsk, type SocketSources } from '../kernel/sockets.ts';
import type { Connection } from '../model/connection.ts';
import { PlumblineError } from '../model/errors.ts';
import { valueOrNull } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import { distinctTags, type SessionTag } from '../model/session-tag.ts';
import type { Socket } from '../model/socket.ts';
import type { SocketHolder } from '../model/socket-holder.ts';
import type { Ask, MachineLook } from './machine-look.ts';
import { netlinkOf } from './netlink-of.ts';

/** What is told of processes outside of a session whose sockets are asked for: it takes a walk through everybody's files. */
const TELLS_OF_OTHERS = ['holders', 'sessions', 'peer_pid', 'peer_comm', 'peer_path'];
/** What only sock_diag tells, and only where it is asked to. */
const TCP_INFO = [
  'bytes_sent',
  'bytes_acked',
  'bytes_received',
  'last_data_sent_ms',
  'last_data_received_ms',
  'rtt_us',
];

/** What `--protocol` can name. */
export const PROTOCOLS: readonly Socket['protocol'][] = [...ALL_PROTOCOLS];

/** How often newcomers are looked at, who may have a socket from a process that had not passed it on when it was listed. */
const MOST_ROUNDS = 2;

/**
 * Every TCP, UDP and Unix socket, with who has it open. Asked for some sessions and for no column that tells of others,
 * only the descriptors of their processes are read, and holders outside of them are not known.
 *
 * Needs: same uid or CAP_SYS_PTRACE to see who has a socket; CAP_SYS_ADMIN to enter other network namespaces
 */
export async function readConnections(look: MachineLook, ask: Ask): Promise<Connection[]> {
  const { procfs } = look.machine;
  const holders = new SocketHolders(procfs, look.log, look.machine.isLive ? await loadLinkReader() : null);
  const sources = { procfs, netlink: await netlinkOf(look), log: look.log };
  const about = { withTcpInfo: TCP_INFO.some(ask.wants), protocols: protocolsOf(ask) };
  if (ask.sessions !== null && !TELLS_OF_OTHERS.some(ask.wants)) {
    const pids = look.processesOf(ask.sessions).map(({ pid }) => pid);
    holders.walk(pids);
    return joined(look, readSome(look, sources, { holders, pids, about }), holders);
  }
  const pids = pidsNow(look);
  const sockets = readSockets(sources, findNetNamespaces(procfs, pids, look.log), { ...about, wants: null });
  holders.walk(pids);
  walkNewcomers(look, holders, sockets);
  return joined(look, sockets, holders);
}

interface Some {
  readonly holders: SocketHolders;
  readonly pids: readonly number[];
  readonly about: Omit<SocketAsk, 'wants'>;
}

/**
 * The sockets that some processes hold: in the networks that those live in, and in all others where some are not there: a
 * process can hold a socket of another network than its own. What is neither TCP nor UDP nor Unix is in none.
 */
function readSome(look: MachineLook, sources: SocketSources, { holders, pids, about }: Some): Socket[] {
  const { procfs } = look.machine;
  const ask = { ...about, wants: (inode: number) => holders.of(inode).length > 0 };
  const own = findNetNamespaces(procfs, pids, look.log);
  const sockets = readSockets(sources, own, ask);
  // A connection of MPTCP is several rows of one inode.
  if (new Set(sockets.map(({ inode }) => inode)).size === holders.count) return sockets;
  const others = findNetNamespaces(procfs, pidsNow(look), look.log);
  return [...sockets, ...readSockets(sources, without(others, own), ask)];
}

/** One that did not tell its inode may do so now, by another process: it is known by those that live in it as well. */
function without(namespaces: readonly NetNamespace[], known: readonly NetNamespace[]): NetNamespace[] {
  const inodes = new Set(known.flatMap(({ inode }) => inode ?? []));
  const pids = new Set(known.flatMap((it) => it.pids));
  return namespaces.filter(
    (it) => !(it.inode !== null && inodes.has(it.inode)) && !it.pids.some((pid) => pids.has(pid)),
  );
}

/**
 * `--protocol tcp,udp`: which are read at all.
 * @throws {PlumblineError} `usage` for a name that is none
 */
function protocolsOf({ options }: Ask): SocketAsk['protocols'] {
  const given = options['protocol'];
  if (typeof given !== 'string') return ALL_PROTOCOLS;
  const protocols = new Set<Socket['protocol']>();
  for (const word of given.split(',').map((it) => it.trim())) {
    const protocol = PROTOCOLS.find((it) => it === word);
    if (protocol === undefined) {
      throw new PlumblineError('usage', `--protocol: there is no ${word || 'protocol without a name'}`, {
        hint: `there are ${PROTOCOLS.join(', ')}`,
      });
    }
    protocols.add(protocol);
  }
  return protocols;
}

function pidsNow(look: MachineLook): readonly number[] {
  return valueOrNull(look.machine.procfs.list())?.pids ?? [...look.stats.keys()];
}

/** A process that was listed can have given a socket to a child that was not yet, and closed it before it was looked at. */
function walkNewcomers(look: MachineLook, holders: SocketHolders, sockets: readonly Socket[]): void {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    if (sockets.every(({ inode }) => inode === null || holders.of(inode).length > 0)) return;
    holders.walk(pidsNow(look));
  }
}

function joined(look: MachineLook, sockets: readonly Socket[], holders: SocketHolders): Connection[] {
  const paths = new Map<bigint | null, Socket['path']>();
  for (const { inode, path } of sockets) if (path !== null) paths.set(inode, path);
  const tags = new Map<ProcessStat, SessionTag>();
  for (const stat of holders.processes) {
    const tag = look.tagOf(stat);
    if (tag !== null) tags.set(stat, tag);
  }
  return sockets.map((socket) => {
    const { inode, peerInode } = socket;
    const found = inode === null ? NOBODY : holders.of(inode);
    return {
      socket,
      holders: inode !== null && found.length === 0 ? null : found,
      tags,
      peer: peerInode === null ? null : (holders.of(peerInode)[0] ?? null),
      peerPath: peerInode === null ? null : (paths.get(peerInode) ?? null),
      sessions: sessionsOf(found, tags),
    };
  });
}

const NOBODY: readonly SocketHolder[] = [];
const NO_SESSIONS: readonly SessionTag[] = [];

function sessionsOf(found: readonly SocketHolder[], tags: Connection['tags']): readonly SessionTag[] {
  const [first] = found;
  if (first === undefined) return NO_SESSIONS;
  const tag = tags.get(first.stat);
  if (found.length === 1) return tag ? [tag] : NO_SESSIONS;
  return distinctTags(found.map(({ stat }) => tags.get(stat) ?? null));
}
