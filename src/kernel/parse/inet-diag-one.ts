import { ParseError } from '../../model/errors.ts';
import { LITTLE_ENDIAN, type NetlinkMessage } from './netlink.ts';

/** One end of a TCP connection. */
export interface TcpEnd {
  /** Four bytes for IPv4, sixteen for IPv6, in network byte order. */
  readonly address: Uint8Array;
  readonly port: number;
}

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;
const LISTEN = 10;

const REQUEST_BYTES = 56;
const MESSAGE_BYTES = 72;
/** From the start of the request, and of the message: what comes before struct inet_diag_sockid. */
const REQUEST_ID = 8;
const MESSAGE_ID = 4;
/** In it: two ports, two addresses, the interface, the cookie. */
const LOCAL_ADDRESS = 4;
const PEER_ADDRESS = 20;
const COOKIE = 40;
const UID = 64;
const INODE = 68;

/**
 * A question for the one socket with these ends. IPv4 finds it too where it is a socket of IPv6 that speaks IPv4.
 *
 * Source: struct inet_diag_req_v2, sock_diag(7), since Linux 3.3
 * Units:  none
 */
export function inetDiagOneRequest(local: TcpEnd, peer: TcpEnd): Uint8Array {
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, local.address.length === 4 ? AF_INET : AF_INET6);
  view.setUint8(1, IPPROTO_TCP);
  view.setUint32(4, 0xffffffff, LITTLE_ENDIAN);
  view.setUint16(REQUEST_ID, local.port);
  view.setUint16(REQUEST_ID + 2, peer.port);
  bytes.set(local.address, REQUEST_ID + LOCAL_ADDRESS);
  bytes.set(peer.address, REQUEST_ID + PEER_ADDRESS);
  // INET_DIAG_NOCOOKIE: whichever socket it is.
  bytes.fill(0xff, REQUEST_ID + COOKIE, REQUEST_ID + COOKIE + 8);
  return bytes;
}

/**
 * Whose socket it is that was asked for.
 *
 * Source: struct inet_diag_msg, sock_diag(7)
 * Shape:  null where it is another socket (one that listens is told of in place of one that is gone), or no process has it
 *         any more: the kernel then says 0, which is no user
 * Units:  a uid as our user namespace has it: the overflow uid where it has none for it
 * @throws {ParseError} where the message is none of a socket
 */
export function inetDiagOwner({ payload, view, start }: NetlinkMessage, local: TcpEnd, peer: TcpEnd): number | null {
  if (payload.length < MESSAGE_BYTES) {
    const excerpt = Buffer.from(payload).toString('hex');
    throw new ParseError({ source: 'struct inet_diag_msg', field: 'the message', excerpt });
  }
  const family = payload[0] as number;
  const isIt =
    payload[1] !== LISTEN &&
    view.getUint16(start + MESSAGE_ID) === local.port &&
    view.getUint16(start + MESSAGE_ID + 2) === peer.port &&
    isAddress(payload, MESSAGE_ID + LOCAL_ADDRESS, family, local.address) &&
    isAddress(payload, MESSAGE_ID + PEER_ADDRESS, family, peer.address);
  if (!isIt || view.getUint32(start + INODE, LITTLE_ENDIAN) === 0) return null;
  return view.getUint32(start + UID, LITTLE_ENDIAN);
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function isAddress(payload: Uint8Array, at: number, family: number, address: Uint8Array): boolean {
  const isMapped = family === AF_INET6 && address.length === 4;
  if (!isMapped && family !== (address.length === 4 ? AF_INET : AF_INET6)) return false;
  const wanted = isMapped ? [...MAPPED, ...address] : [...address];
  return wanted.every((byte, index) => payload[at + index] === byte);
}
