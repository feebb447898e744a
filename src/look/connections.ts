import { loadNetlink, type Netlink } from '../kernel/native/netlink.ts';
import { findNetNamespaces } from '../kernel/net-namespaces.ts';
import { readStat } from '../kernel/process-stat.ts';
import { SocketHolders } from '../kernel/socket-holders.ts';
import { ALL_PROTOCOLS, readSockets, type SocketAsk, type SocketSources } from '../kernel/sockets.ts';
import type { Connection, ConnectionHolder } from '../model/connection.ts';
import { PlumblineError } from '../model/errors.ts';
import { valueOrNull } from '../model/outcome.ts';
import type { Session } from '../model/session.ts';
import { distinctTags } from '../model/session-tag.ts';
import type { Socket } from '../model/socket.ts';
import type { Ask, MachineLook } from './machine-look.ts';

/** What is told of processes outside of a session whose sockets are asked for: it takes a walk through everybody's files. */
const TELLS_OF_OTHERS = ['holders', 'sessions', 'peer_pid', 'peer_process', 'peer_path'];
/** What only sock_diag tells, and only where it is asked to. */
const TCP_INFO = [
  'bytes_sent',
  'bytes_acked',
  'bytes_received',
  'last_data_sent_ms',
  'last_data_received_ms',
  'rtt_us',
];

/** How often newcomers are looked at, who may have a socket from a process that had not passed it on when it was listed. */
const MOST_ROUNDS = 3;

/**
 * Every TCP, UDP and Unix socket, with who has it open. Asked for some sessions and for no column that tells of others,
 * only the descriptors of their processes are read, and holders outside of them are not known.
 *
 * Needs: same uid or CAP_SYS_PTRACE to see who has a socket; CAP_SYS_ADMIN to enter other network namespaces
 */
export async function readConnections(look: MachineLook, ask: Ask): Promise<Connection[]> {
  const { procfs } = look.machine;
  const holders = new SocketHolders(procfs, look.log);
  const sources = { procfs, netlink: await netlinkOf(look), log: look.log };
  const about = { withTcpInfo: TCP_INFO.some(ask.wants), protocols: ALL_PROTOCOLS };
  if (ask.sessions !== null && !TELLS_OF_OTHERS.some(ask.wants)) {
    const pids = pidsOf(look, ask.sessions);
    holders.walk(pids);
    return joined(look, readSome(look, sources, { holders, pids, about }), holders);
  }
  const namespaces = findNetNamespaces(procfs, pidsNow(look), look.log);
  const sockets = readSockets(sources, namespaces, { ...about, wants: null });
  walkEverybody(look, holders, sockets);
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
  if (sockets.length === holders.count) return sockets;
  const known = new Set(own.map(({ inode }) => inode));
  const others = findNetNamespaces(procfs, pidsNow(look), look.log).filter(({ inode }) => !known.has(inode));
  return [...sockets, ...readSockets(sources, others, ask)];
}

/** A recorded machine answers no messages, and where koffi does not load the text files tell what they know. */
async function netlinkOf(look: MachineLook): Promise<Netlink | null> {
  if (!look.machine.isLive) return null;
  try {
    return await loadNetlink();
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'unsupported_platform') return null;
    throw error;
  }
}

/** With those that were born since the look, and count to it all the same. */
function pidsOf(look: MachineLook, sessions: ReadonlySet<Session>): number[] {
  const newcomers = pidsNow(look).filter((pid) => {
    if (look.stats.has(pid)) return false;
    const stat = valueOrNull(readStat(look.machine.procfs, pid));
    const tag = stat && look.tagOf(stat);
    return tag !== null && sessions.has(tag.session);
  });
  return [...look.processesOf(sessions).map(({ pid }) => pid), ...newcomers];
}

function pidsNow(look: MachineLook): readonly number[] {
  return valueOrNull(look.machine.procfs.list())?.pids ?? [...look.stats.keys()];
}

/** A process that gives a socket to its child and ends, or closes it, does so before or after it is looked at. */
function walkEverybody(look: MachineLook, holders: SocketHolders, sockets: readonly Socket[]): void {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    holders.walk(pidsNow(look));
    if (sockets.every(({ inode }) => inode === null || holders.of(inode).length > 0)) return;
  }
}

function joined(look: MachineLook, sockets: readonly Socket[], holders: SocketHolders): Connection[] {
  const paths = new Map(sockets.map(({ inode, path }) => [inode, path]));
  return sockets.map((socket) => {
    const { inode, peerInode } = socket;
    const found: ConnectionHolder[] = (inode === null ? [] : holders.of(inode)).map((holder) => {
      return { ...holder, tag: look.tagOf(holder.stat) };
    });
    return {
      socket,
      holders: inode !== null && found.length === 0 ? null : found,
      peer: peerInode === null ? null : (holders.of(peerInode)[0] ?? null),
      peerPath: peerInode === null ? null : (paths.get(peerInode) ?? null),
      sessions: distinctTags(found.map(({ tag }) => tag)),
    };
  });
}
