import { ParseError } from '../../model/errors.ts';
import { SOCKET_STATES, type Socket } from '../../model/socket.ts';
import type { ByteString } from '../../model/text.ts';
import { SOCK_DIAG_BY_FAMILY } from './inet-diag.ts';
import { LITTLE_ENDIAN, type NetlinkMessage } from './netlink.ts';

const SOURCE = 'struct unix_diag_msg';
const AF_UNIX = 1;
/** SOCK_STREAM and so on, in their numbers. */
const TYPES: Readonly<Record<number, Socket['type'] | undefined>> = { 1: 'stream', 2: 'dgram', 5: 'seqpacket' };
const REQUEST_BYTES = 24;
const MESSAGE_BYTES = 16;
const INODE = 4;
const ALL_STATES = 0xffffffff;
/** UDIAG_SHOW_NAME, PEER, ICONS, RQLEN, UID */
const SHOW = 0x1 | 0x4 | 0x8 | 0x10 | 0x40;
const NAME = 0;
const PEER = 2;
const ICONS = 3;
const RQLEN = 4;
const UID = 7;

/**
 * A question for all unix sockets.
 *
 * Source: struct unix_diag_req, sock_diag(7), since Linux 3.3
 * Units:  none
 */
export function unixDiagRequest(): Uint8Array {
  const view = new DataView(new ArrayBuffer(REQUEST_BYTES));
  view.setUint8(0, AF_UNIX);
  view.setUint32(4, ALL_STATES, LITTLE_ENDIAN);
  view.setUint32(12, SHOW, LITTLE_ENDIAN);
  return new Uint8Array(view.buffer);
}

/**
 * The inode of the socket that a message tells of, before anything else is read of it.
 *
 * Source: struct unix_diag_msg, sock_diag(7)
 * Units:  none
 * @throws {ParseError} where the message is none of a socket
 */
export function unixDiagInode({ type, view, start, end }: NetlinkMessage): number {
  if (type !== SOCK_DIAG_BY_FAMILY || end - start < MESSAGE_BYTES) throw damage(view, start, 'the message');
  return view.getUint32(start + INODE, LITTLE_ENDIAN);
}

/**
 * Reads a unix socket, from a message whose inode has been read.
 *
 * Source: struct unix_diag_msg, sock_diag(7), unix(7), since Linux 3.3; its user since 5.3
 * Shape:  one row; zeros in the name of an abstract socket are `@`, as ss(8) and /proc/net/unix write them
 * Units:  bytes; of a listening socket connections
 * @throws {ParseError} where state, type or family is none, or a length leads outside
 */
export function decodeUnixDiag(message: NetlinkMessage, netNamespace: bigint | null): Socket {
  const { view, start } = message;
  if (view.getUint8(start) !== AF_UNIX) throw damage(view, start, 'udiag_family');
  const type = TYPES[view.getUint8(start + 1)];
  if (type === undefined) throw damage(view, start, 'udiag_type');
  const state = SOCKET_STATES[view.getUint8(start + 2)];
  if (state === undefined) throw damage(view, start, 'udiag_state');
  const inode = view.getUint32(start + INODE, LITTLE_ENDIAN);
  const attributes = attributesOf(message);
  return {
    netNamespace,
    protocol: 'unix',
    family: 'unix',
    type,
    state,
    inode: inode === 0 ? null : BigInt(inode),
    local: null,
    peer: null,
    interfaceIndex: null,
    isV6Only: null,
    path: attributes.path,
    peerInode: attributes.peer === 0 ? null : BigInt(attributes.peer),
    waitingInodes: state === 'LISTEN' ? (attributes.waiting ?? []) : null,
    receiveQueue: attributes.receiveQueue,
    sendQueue: attributes.sendQueue,
    uid: attributes.uid,
    tcp: null,
  };
}

interface Attributes {
  path: ByteString | null;
  peer: number;
  waiting: bigint[] | null;
  receiveQueue: number | null;
  sendQueue: number | null;
  uid: number | null;
}

function attributesOf({ view, start, end }: NetlinkMessage): Attributes {
  const found: Attributes = { path: null, peer: 0, waiting: null, receiveQueue: null, sendQueue: null, uid: null };
  for (let at = start + MESSAGE_BYTES; at + 4 <= end; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < 4 || length > end - at) throw damage(view, start, 'nla_len');
    const [type, from, to] = [view.getUint16(at + 2, LITTLE_ENDIAN), at + 4, at + length];
    const u32 = (offset: number): number => {
      if (from + offset + 4 > to) throw damage(view, start, `attribute ${type}`);
      return view.getUint32(from + offset, LITTLE_ENDIAN);
    };
    if (type === NAME) found.path = nameAt(view, from, to);
    else if (type === PEER) found.peer = u32(0);
    else if (type === UID) found.uid = u32(0);
    else if (type === ICONS) found.waiting = inodesAt(view, from, to);
    else if (type === RQLEN) [found.receiveQueue, found.sendQueue] = [u32(0), u32(4)];
    at += (length + 3) & ~3;
  }
  return found;
}

/** A path ends with a zero, an abstract name begins with one, and may have more of them. */
function nameAt(view: DataView, from: number, to: number): ByteString | null {
  const bytes = Buffer.from(view.buffer, view.byteOffset + from, to - from);
  if (bytes.length === 0) return null;
  if (bytes[0] === 0) return bytes.toString('latin1').replaceAll('\0', '@');
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
}

/** Of one that has gone meanwhile the kernel says 0. */
function inodesAt(view: DataView, from: number, to: number): bigint[] {
  const inodes: bigint[] = [];
  for (let at = from; at + 4 <= to; at += 4) {
    const inode = view.getUint32(at, LITTLE_ENDIAN);
    if (inode !== 0) inodes.push(BigInt(inode));
  }
  return inodes;
}

function damage(view: DataView, start: number, field: string): ParseError {
  const bytes = Buffer.from(view.buffer, view.byteOffset + start, Math.min(40, view.byteLength - start));
  return new ParseError({ source: SOURCE, field, excerpt: bytes.toString('hex') });
}
