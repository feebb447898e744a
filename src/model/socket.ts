import type { ByteString } from './text.ts';

/** A state in the word of ss(8): `ESTAB`, `LISTEN`, `UNCONN`, `TIME-WAIT`. */
export type SocketState =
  | 'ESTAB'
  | 'SYN-SENT'
  | 'SYN-RECV'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'TIME-WAIT'
  | 'UNCONN'
  | 'CLOSE-WAIT'
  | 'LAST-ACK'
  | 'LISTEN'
  | 'CLOSING';

/** One end of a connection over IP. */
export interface SocketAddress {
  /** As inet_ntop(3) writes it: `127.0.0.1`, `::1`, `::ffff:10.0.0.1`; `0.0.0.0` and `::` for any. */
  readonly address: string;
  /** 0 for any. */
  readonly port: number;
}

/** What the kernel keeps of a TCP connection, struct tcp_info. Null each where this kernel has none. */
export interface TcpInfo {
  /** Sent, with what was sent again. */
  readonly bytesSent: bigint | null;
  /** As the kernel counts: the end of a direction (FIN) counts for one, and so does the beginning (SYN) where we connected. */
  readonly bytesAcked: bigint | null;
  readonly bytesReceived: bigint | null;
  /** How long ago data was last sent, and received; null too where none ever was. */
  readonly lastDataSentMs: number | null;
  readonly lastDataReceivedMs: number | null;
  /** The smoothed round-trip time. */
  readonly rttUs: number | null;
}

/** A socket of one network namespace. */
export interface Socket {
  /** The inode of its network namespace; null where that may not be read, and is not ours. */
  readonly netNamespace: bigint | null;
  readonly protocol: 'tcp' | 'udp' | 'unix';
  readonly family: 'ipv4' | 'ipv6' | 'unix';
  /** SOCK_STREAM and so on. */
  readonly type: 'stream' | 'dgram' | 'seqpacket';
  readonly state: SocketState;
  /** As `socket:[N]` behind a descriptor has it; null where no process has it any more (TIME-WAIT), or not yet. */
  readonly inode: bigint | null;
  /** Null for a unix socket. */
  readonly local: SocketAddress | null;
  /** Null for a unix socket, and for one that is connected to nobody. */
  readonly peer: SocketAddress | null;
  /** The interface that it is bound to, by its index; null where it is bound to none, and where that is not told. */
  readonly interfaceIndex: number | null;
  /**
   * Of one over IPv6 that listens, or is not connected: whether it leaves IPv4 alone, which one on `::` else takes too.
   * Null of all others, and where that is not told.
   */
  readonly isV6Only: boolean | null;
  /** Of a unix socket: the path it is bound to, `@name` for an abstract one, as ss(8) writes it; null without one. */
  readonly path: ByteString | null;
  /** Of a unix socket: the inode of the other end; null where there is none, and where that is not told. */
  readonly peerInode: bigint | null;
  /**
   * Of a unix socket that listens: the inodes of those that have connected and wait to be accepted. Null of all others,
   * and where that is not told.
   */
  readonly waitingInodes: readonly bigint[] | null;
  /** Bytes received and not read; of a listening socket connections that wait to be accepted. Null where not told. */
  readonly receiveQueue: number | null;
  /**
   * Bytes sent and not acknowledged; of a listening socket the most that may wait (its backlog). Null where that is not
   * told.
   */
  readonly sendQueue: number | null;
  /** Its owner's user; null where that is not told, and where no process has it. */
  readonly uid: number | null;
  /** Of TCP, where it was asked for and sock_diag told it; null of one that listens, and in TIME-WAIT. */
  readonly tcp: TcpInfo | null;
}

/** The states in the kernel's own numbers. */
export const SOCKET_STATES: readonly (SocketState | undefined)[] = [
  undefined,
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
];
