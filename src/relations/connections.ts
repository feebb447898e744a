import { PROTOCOLS, readConnections } from '../look/connections.ts';
import type { Connection } from '../model/connection.ts';
import { COMM, HOLDERS, PEER_COMM, PEER_PID, PID } from './connection-holders.ts';
import { type KernelColumn, kernelRelation } from './kernel-relation.ts';
import { ALL_SESSIONS, JOINED_BY, SESSION } from './session-columns.ts';
import { ADDRESSES, QUEUES, TCP } from './socket-columns.ts';

const DIAG = 'sock_diag(7), or /proc/<pid>/net';

const KIND: readonly KernelColumn<Connection>[] = [
  {
    name: 'protocol',
    type: 'word',
    unit: null,
    doc: 'tcp, udp or unix',
    source: DIAG,
    value: ({ socket }) => socket.protocol,
  },
  {
    name: 'family',
    type: 'word',
    unit: null,
    doc: 'ipv4, ipv6 or unix',
    source: DIAG,
    value: ({ socket }) => socket.family,
  },
  {
    name: 'type',
    type: 'word',
    unit: null,
    doc: 'stream, dgram or seqpacket',
    source: DIAG,
    value: ({ socket }) => socket.type,
  },
  {
    name: 'state',
    type: 'word',
    unit: null,
    doc: 'as ss(8) calls it: ESTAB, LISTEN, UNCONN, TIME-WAIT and so on',
    source: DIAG,
    value: ({ socket }) => socket.state,
  },
];

const KERNEL: readonly KernelColumn<Connection>[] = [
  {
    name: 'inode',
    type: 'u64',
    unit: null,
    doc: 'N of the `socket:[N]` that its descriptors lead to; null where it has none any more, or none yet',
    source: DIAG,
    value: ({ socket }) => socket.inode,
  },
  {
    name: 'uid',
    type: 'integer',
    unit: null,
    doc: 'the user that it belongs to; null where that is not told',
    source: DIAG,
    value: ({ socket }) => socket.uid,
  },
  {
    name: 'net_namespace',
    type: 'u64',
    unit: null,
    doc: 'N of the `net:[N]` of the network that it is in; null where that may not be read, and is not ours',
    source: '/proc/<pid>/ns/net',
    value: ({ socket }) => socket.netNamespace,
  },
];

/** Every socket of TCP, UDP and Unix. */
export const CONNECTIONS = kernelRelation<Connection>({
  name: 'connections',
  row: 'a TCP, UDP or Unix socket',
  summary: 'every socket, who has it open, and the session that it counts to',
  doc: [
    'One row a socket of TCP, UDP or Unix, in every network namespace that can be entered or read.',
    'Not told, as by `ss -tunxap`: TCP sockets that neither listen nor are connected, UDP sockets without a port, and other',
    'kinds (UDP-Lite, raw, packet, vsock); nor the sockets of a network that only a descriptor or a single thread keeps.',
    'A socket that several processes share is one row, with all of them in `holders`; `pid` is the oldest.',
    "Of one session's sockets the table knows the session's own holders only;",
    'with any of the columns `holders`, `sessions`, `peer_pid`, `peer_comm` and `peer_path` everybody is looked at.',
    'A socket can lack a holder that is there: the kernel itself (NFS), another socket that it is on its way through',
    '(SCM_RIGHTS), io_uring, and a single thread with descriptors of its own.',
  ].join(' '),
  needs:
    "nothing for the sockets of our own network; root, or CAP_SYS_PTRACE, to see who has them beside this user's processes; CAP_SYS_ADMIN for all of other networks",
  shown: ['session', 'pid', 'comm', 'protocol', 'state', 'receive_queue', 'send_queue', 'local', 'peer'],
  options: [
    {
      flags: '--protocol <names>',
      doc: 'only these of tcp, udp and unix: tcp,udp is what `ss -tunap` shows',
      words: PROTOCOLS,
    },
  ],
  columns: [
    SESSION,
    PID,
    COMM,
    ...KIND,
    ...QUEUES,
    ...ADDRESSES,
    ...KERNEL,
    PEER_PID,
    PEER_COMM,
    ...TCP,
    HOLDERS,
    JOINED_BY,
    ALL_SESSIONS,
  ],
  rows: readConnections,
});
