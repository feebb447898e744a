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
  readonly bytesAcked: bigint | null;
  readonly bytesReceived: bigint | null;
  /** How long ago data was last sent, and received. */
  readonly lastDataSentMs: number | null;
  readonly lastDataReceivedMs: number | null;
  /** The smoothed round-trip time. */
  readonly rttUs: number | null;
}

/** A socket of one network namespace. */
export interface Socket {
  /** The inode of its network namespace. */
  readonly netNamespace: bigint;
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
  /** Of a unix socket: the path it is bound to, `@name` for an abstract one; null without one. */
  readonly path: ByteString | null;
  /** Of a unix socket: the inode of the other end; null where there is none, and where that is not told. */
  readonly peerInode: bigint | null;
  /** Bytes received and not read; of a listening socket connections that wait to be accepted. */
  readonly receiveQueue: number;
  /** Bytes sent and not acknowledged; of a listening socket the most that may wait (its backlog). */
  readonly sendQueue: number;
  /** Its owner's user; null where that is not told. */
  readonly uid: number | null;
  /** Of TCP, where it was asked for and sock_diag told it. */
  readonly tcp: TcpInfo | null;
}
