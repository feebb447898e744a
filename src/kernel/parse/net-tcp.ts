import { ParseError } from '../../model/errors.ts';
import { SOCKET_STATES, type Socket, type SocketAddress } from '../../model/socket.ts';
import { type InetTable, isNobody } from './inet-diag.ts';
import type { AddressTexts } from './ip-address.ts';
import { LITTLE_ENDIAN } from './netlink.ts';

const FILES = { tcp: { ipv4: 'tcp', ipv6: 'tcp6' }, udp: { ipv4: 'udp', ipv6: 'udp6' } } as const;

/** The name of a table, below /proc/<pid>/net. */
export function inetFile({ protocol, family }: InetTable): string {
  return FILES[protocol][family];
}

const ENDS: Readonly<Record<InetTable['family'], string>> = {
  ipv4: '([0-9A-F]{8}):([0-9A-F]{4})',
  ipv6: '([0-9A-F]{32}):([0-9A-F]{4})',
};
/** `sl: local remote st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode`, and more that nobody needs. */
const line = (end: string) => {
  return new RegExp(
    `^ *\\d+: ${end} ${end} ([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8}) [0-9A-F]{2}:[0-9A-F]{8,16} [0-9A-F]{8} +(\\d{1,10}) +-?\\d+ (\\d{1,15})(?: .*)?$`,
  );
};
const LINES = { ipv4: line(ENDS.ipv4), ipv6: line(ENDS.ipv6) };

/** What a table is read for. */
export interface TableAsk {
  readonly netNamespace: bigint | null;
  readonly texts: AddressTexts;
  /** Which inodes; null for every socket, those without one too. */
  readonly wants: ((inode: number) => boolean) | null;
}

/**
 * Reads a table of TCP or UDP sockets: all four have one form.
 * A socket that has moved in the table while it was read stands there twice: of a TCP connection the later line holds.
 *
 * Source: /proc/<pid>/net/tcp, tcp6, udp, udp6; proc_pid_net(5), since Linux 2.0
 * Shape:  one row a socket. Not told are its interface, the backlog of one that listens, whether it takes IPv4 too,
 *         and what struct tcp_info has
 * Units:  bytes; of a listening socket connections. Addresses in the byte order of the machine, ports in plain hex
 * @throws {ParseError} where the heading is missing, a line's fields are not what the kernel writes, or one was cut
 */
export function parseNetTcp(bytes: Uint8Array, table: InetTable, ask: TableAsk): Socket[] {
  const source = `/proc/<pid>/net/${inetFile(table)}`;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const heading = text.indexOf('\n');
  if (heading === -1 || !/^ +sl +local_address /.test(text)) {
    throw new ParseError({ source, field: 'the heading', excerpt: text, line: 1 });
  }
  const rows = new Map<string, Socket>();
  let number = 1;
  for (let from = heading + 1; from < text.length; ) {
    number++;
    const to = text.indexOf('\n', from);
    const record = text.slice(from, to === -1 ? text.length : to);
    const fields = to === -1 ? null : LINES[table.family].exec(record);
    if (fields === null) throw new ParseError({ source, field: 'a socket', excerpt: record, line: number });
    from = to + 1;
    if (ask.wants !== null && !ask.wants(Number(fields[9]))) continue;
    const row = rowOf(fields, table, ask);
    if (row === null) throw new ParseError({ source, field: 'st', excerpt: record, line: number });
    // Udp sockets may share all that stands here (SO_REUSEPORT), and do not move.
    const isNew = table.protocol === 'udp' || row.state === 'LISTEN';
    rows.set(isNew ? `${number}` : `${fields[1]}:${fields[2]} ${fields[3]}:${fields[4]} ${fields[9]}`, row);
  }
  return [...rows.values()];
}

type Fields = readonly [string, string, string, string, string, string, string, string, string, string];

function rowOf(fields: readonly string[], table: InetTable, ask: TableAsk): Socket | null {
  // The pattern has no part that may be missing.
  const [, local, localPort, remote, remotePort, st, sent, received, uid, inode] = fields as unknown as Fields;
  const state = SOCKET_STATES[Number.parseInt(st, 16)];
  if (state === undefined) return null;
  const peer = endOf(remote, remotePort, ask.texts);
  const isHeld = inode !== '0';
  return {
    netNamespace: ask.netNamespace,
    protocol: table.protocol,
    family: table.family,
    type: table.protocol === 'tcp' ? 'stream' : 'dgram',
    state,
    inode: isHeld ? BigInt(inode) : null,
    local: endOf(local, localPort, ask.texts),
    peer: isNobody(peer) ? null : peer,
    interfaceIndex: null,
    isV6Only: null,
    path: null,
    peerInode: null,
    waitingInodes: null,
    receiveQueue: Number.parseInt(received, 16),
    sendQueue: state === 'LISTEN' ? null : Number.parseInt(sent, 16),
    uid: isHeld ? Number(uid) : null,
    tcp: null,
  };
}

function endOf(address: string, port: string, texts: AddressTexts): SocketAddress {
  const word = (index: number) => networkOrder(Number.parseInt(address.slice(index * 8, index * 8 + 8), 16));
  const text = address.length === 8 ? texts.ipv4(word(0)) : texts.ipv6(word(0), word(1), word(2), word(3));
  return { address: text, port: Number.parseInt(port, 16) };
}

/** The kernel prints each four bytes of an address as one number of its own byte order. */
function networkOrder(word: number): number {
  if (!LITTLE_ENDIAN) return word;
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
