import type { Connection } from '../model/connection.ts';
import type { SocketAddress, TcpInfo } from '../model/socket.ts';
import { toText } from '../model/text.ts';
import type { KernelColumn } from './kernel-relation.ts';

const DIAG = 'sock_diag(7), or /proc/<pid>/net';
const UNIX_DIAG = 'sock_diag(7)';
const TCP_INFO = 'struct tcp_info, by sock_diag(7)';

/** What waits in a socket. */
export const QUEUES: readonly KernelColumn<Connection>[] = [
  {
    name: 'receive_queue',
    type: 'integer',
    unit: 'bytes, or connections',
    doc: 'received and not read; of a listening socket: how many connections wait to be accepted',
    source: DIAG,
    value: ({ socket }) => socket.receiveQueue,
  },
  {
    name: 'send_queue',
    type: 'integer',
    unit: 'bytes, or connections',
    doc: 'sent and not acknowledged; of a listening socket: how many connections may wait',
    source: DIAG,
    value: ({ socket }) => socket.sendQueue,
  },
];

/** Both ends of a socket: as one word each for people, and in their parts. */
export const ADDRESSES: readonly KernelColumn<Connection>[] = [
  {
    name: 'local',
    type: 'text',
    unit: null,
    doc: 'its address and port as one word, `127.0.0.1:80` or `[::1]:80`; of Unix its path',
    source: DIAG,
    value: ({ socket }) => (socket.path === null ? endOf(socket.local) : toText(socket.path)),
  },
  {
    name: 'peer',
    type: 'text',
    unit: null,
    doc: 'the same of the other end; null where there is none, and of Unix (peer_path)',
    source: DIAG,
    value: ({ socket }) => endOf(socket.peer),
  },
  {
    name: 'local_address',
    type: 'word',
    unit: null,
    doc: '`0.0.0.0` and `::` for any; null of Unix',
    source: DIAG,
    value: ({ socket }) => socket.local?.address ?? null,
  },
  {
    name: 'local_port',
    type: 'integer',
    unit: null,
    doc: '0 where it has none yet; null of Unix',
    source: DIAG,
    value: ({ socket }) => socket.local?.port ?? null,
  },
  {
    name: 'peer_address',
    type: 'word',
    unit: null,
    doc: 'the other end; null where there is none, and of Unix',
    source: DIAG,
    value: ({ socket }) => socket.peer?.address ?? null,
  },
  {
    name: 'peer_port',
    type: 'integer',
    unit: null,
    doc: 'likewise',
    source: DIAG,
    value: ({ socket }) => socket.peer?.port ?? null,
  },
  {
    name: 'interface_index',
    type: 'integer',
    unit: null,
    doc: 'the interface that it is bound to; null where it is bound to none, and without sock_diag',
    source: UNIX_DIAG,
    value: ({ socket }) => socket.interfaceIndex,
  },
  {
    name: 'path',
    type: 'text',
    unit: null,
    doc: 'of Unix: the path that it is bound to, `@name` for an abstract one; null without one',
    source: DIAG,
    value: ({ socket }) => (socket.path === null ? null : toText(socket.path)),
  },
  {
    name: 'peer_inode',
    type: 'u64',
    unit: null,
    doc: 'of Unix: the inode of the other end; null where there is none, and without sock_diag',
    source: UNIX_DIAG,
    value: ({ socket }) => socket.peerInode,
  },
  {
    name: 'peer_path',
    type: 'text',
    unit: null,
    doc: "of Unix: the other end's path, of a client its server's; null where it has none",
    source: UNIX_DIAG,
    value: ({ peerPath }) => (peerPath === null ? null : toText(peerPath)),
  },
];

/** What the kernel counts of a TCP connection. */
export const TCP: readonly KernelColumn<Connection>[] = [
  bytes('bytes_sent', 'of TCP: sent, with what was sent again', (it) => it.bytesSent),
  bytes('bytes_acked', 'of TCP: sent and acknowledged', (it) => it.bytesAcked),
  bytes('bytes_received', 'of TCP: received', (it) => it.bytesReceived),
  ago('last_data_sent_ms', 'of TCP: how long ago data was last sent', (it) => it.lastDataSentMs),
  ago('last_data_received_ms', 'of TCP: how long ago data last came', (it) => it.lastDataReceivedMs),
  {
    name: 'rtt_us',
    type: 'integer',
    unit: 'microseconds',
    doc: 'of TCP: the smoothed round-trip time; null without sock_diag',
    source: TCP_INFO,
    value: ({ socket }) => socket.tcp?.rttUs ?? null,
  },
];

function bytes(name: string, doc: string, of: (tcp: TcpInfo) => bigint | null): KernelColumn<Connection> {
  return {
    name,
    type: 'u64',
    unit: 'bytes',
    doc: `${doc}; null without sock_diag`,
    source: TCP_INFO,
    value: ({ socket }) => (socket.tcp === null ? null : of(socket.tcp)),
  };
}

function ago(name: string, doc: string, of: (tcp: TcpInfo) => number | null): KernelColumn<Connection> {
  return {
    name,
    type: 'integer',
    unit: 'milliseconds',
    doc: `${doc}, when it was looked at; null without sock_diag`,
    source: TCP_INFO,
    value: ({ socket }) => (socket.tcp === null ? null : of(socket.tcp)),
  };
}

function endOf(end: SocketAddress | null) {
  if (end === null) return null;
  return toText(end.address.includes(':') ? `[${end.address}]:${end.port}` : `${end.address}:${end.port}`);
}
