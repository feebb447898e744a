import { ParseError } from '../../model/errors.ts';
import { SOCKET_STATES, type Socket, type SocketAddress, type TcpInfo } from '../../model/socket.ts';
import type { AddressTexts } from './ip-address.ts';
import { LITTLE_ENDIAN, type NetlinkMessage } from './netlink.ts';
import { decodeTcpInfo } from './tcp-info.ts';

/** The protocol of sock_diag(7). */
export const NETLINK_SOCK_DIAG = 4;
/** The type of a question to sock_diag(7), and of each message of its answer. */
export const SOCK_DIAG_BY_FAMILY = 20;

const SOURCE = 'struct inet_diag_msg';
const AF_INET = 2;
const AF_INET6 = 10;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;
/** All that ss(8) knows; not sockets that are bound and nothing else (1 << 13, since Linux 6.8). */
const ALL_STATES = 0xfff;

const REQUEST_BYTES = 56;
const MESSAGE_BYTES = 72;
const SOURCE_PORT = 4;
const PEER_PORT = 6;
const SOURCE_ADDRESS = 8;
const PEER_ADDRESS = 24;
const INTERFACE = 40;
const COOKIE = 44;
const RECEIVE_QUEUE = 56;
const SEND_QUEUE = 60;
const UID = 64;
const INODE = 68;

const INET_DIAG_INFO = 2;
const INET_DIAG_SKV6ONLY = 11;
const LISTEN = 10;

/** Which sockets of which table. */
export interface InetTable {
  readonly protocol: 'tcp' | 'udp';
  readonly family: 'ipv4' | 'ipv6';
}

/**
 * A question for all sockets of a table.
 *
 * Source: struct inet_diag_req_v2, sock_diag(7), since Linux 3.3
 * Units:  none
 * @param withInfo whether to tell struct tcp_info of each
 */
export function inetDiagRequest({ protocol, family }: InetTable, withInfo: boolean): Uint8Array {
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, family === 'ipv4' ? AF_INET : AF_INET6);
  view.setUint8(1, PROTOCOLS[protocol]);
  view.setUint8(2, withInfo ? 1 << (INET_DIAG_INFO - 1) : 0);
  view.setUint32(4, ALL_STATES, LITTLE_ENDIAN);
  return bytes;
}

/**
 * The inode of the socket that a message tells of, before anything else is read of it.
 *
 * Source: struct inet_diag_msg, sock_diag(7)
 * Units:  0 for a socket that no process has
 * @throws {ParseError} where the message is none of a socket
 */
export function inetDiagInode({ type, view, start, end }: NetlinkMessage): number {
  if (type !== SOCK_DIAG_BY_FAMILY || end - start < MESSAGE_BYTES) throw damage(view, start, 'the message');
  return view.getUint32(start + INODE, LITTLE_ENDIAN);
}

/**
 * What tells a socket from all others since the machine was booted: the same while it goes from state to state, and so
 * the one that two messages of one socket share.
 *
 * Source: idiag_cookie of struct inet_diag_sockid, sock_diag(7)
 * Units:  none
 */
export function inetDiagCookie({ view, start }: NetlinkMessage): number {
  return (
    view.getUint32(start + COOKIE + 4, LITTLE_ENDIAN) * 0x1_0000_0000 + view.getUint32(start + COOKIE, LITTLE_ENDIAN)
  );
}

/**
 * Reads a TCP or UDP socket, from a message whose inode has been read.
 *
 * Source: struct inet_diag_msg, sock_diag(7), since Linux 2.6.14 (TCP), 3.3 (UDP)
 * Shape:  one row
 * Units:  bytes; of a listening socket connections
 * @throws {ParseError} where the state or family is none, or a length leads outside
 */
export function decodeInetDiag(
  message: NetlinkMessage,
  { protocol, family }: InetTable,
  { netNamespace, texts }: { readonly netNamespace: bigint | null; readonly texts: AddressTexts },
): Socket {
  const { view, start } = message;
  if (view.getUint8(start) !== (family === 'ipv4' ? AF_INET : AF_INET6)) throw damage(view, start, 'idiag_family');
  const number = view.getUint8(start + 1);
  const state = SOCKET_STATES[number];
  if (state === undefined) throw damage(view, start, 'idiag_state');
  const inode = view.getUint32(start + INODE, LITTLE_ENDIAN);
  const interfaceIndex = view.getUint32(start + INTERFACE, LITTLE_ENDIAN);
  const peer = addressAt(view, start + PEER_ADDRESS, start + PEER_PORT, family, texts);
  const { tcp, isV6Only } = attributesOf(message, number);
  return {
    netNamespace,
    protocol,
    family,
    type: protocol === 'tcp' ? 'stream' : 'dgram',
    state,
    inode: inode === 0 ? null : BigInt(inode),
    local: addressAt(view, start + SOURCE_ADDRESS, start + SOURCE_PORT, family, texts),
    peer: isNobody(peer) ? null : peer,
    interfaceIndex: interfaceIndex === 0 ? null : interfaceIndex,
    isV6Only,
    path: null,
    peerInode: null,
    waitingInodes: null,
    receiveQueue: view.getUint32(start + RECEIVE_QUEUE, LITTLE_ENDIAN),
    sendQueue: view.getUint32(start + SEND_QUEUE, LITTLE_ENDIAN),
    uid: inode === 0 ? null : view.getUint32(start + UID, LITTLE_ENDIAN),
    tcp,
  };
}

/** Whether an address stands for nobody: any address, and port 0. */
export function isNobody({ address, port }: SocketAddress): boolean {
  return port === 0 && (address === '0.0.0.0' || address === '::');
}

interface Attributes {
  readonly tcp: TcpInfo | null;
  readonly isV6Only: boolean | null;
}

const NONE: Attributes = { tcp: null, isV6Only: null };

/** In place: most sockets have attributes, and few of them matter here. */
function attributesOf({ view, start, end }: NetlinkMessage, state: number): Attributes {
  let tcp: TcpInfo | null = null;
  let isV6Only: boolean | null = null;
  for (let at = start + MESSAGE_BYTES; at + 4 <= end; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < 4 || length > end - at) throw damage(view, start, 'nla_len');
    const type = view.getUint16(at + 2, LITTLE_ENDIAN);
    if (type === INET_DIAG_INFO && state !== LISTEN) tcp = decodeTcpInfo(view, at + 4, at + length);
    else if (type === INET_DIAG_SKV6ONLY && length > 4) isV6Only = view.getUint8(at + 4) !== 0;
    at += (length + 3) & ~3;
  }
  return tcp === null && isV6Only === null ? NONE : { tcp, isV6Only };
}

function addressAt(
  view: DataView,
  at: number,
  port: number,
  family: InetTable['family'],
  texts: AddressTexts,
): SocketAddress {
  const first = view.getUint32(at);
  const address =
    family === 'ipv4'
      ? texts.ipv4(first)
      : texts.ipv6(first, view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12));
  return { address, port: view.getUint16(port) };
}

function damage(view: DataView, start: number, field: string): ParseError {
  const bytes = Buffer.from(view.buffer, view.byteOffset + start, Math.min(40, view.byteLength - start));
  return new ParseError({ source: SOURCE, field, excerpt: bytes.toString('hex') });
}
