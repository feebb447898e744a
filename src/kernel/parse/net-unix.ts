import { ParseError } from '../../model/errors.ts';
import type { Socket } from '../../model/socket.ts';
import type { ByteString } from '../../model/text.ts';

/** A unix socket that somebody listens on. */
export interface UnixListener {
  readonly inode: bigint;
  /** As it was given to bind(2): it may be relative to where the process stood; `@name` for an abstract one. */
  readonly path: ByteString;
}

const SOURCE = '/proc/<pid>/net/unix';
/** SO_ACCEPTCON, the flag of a listening socket. */
const LISTENS = 0x10000;
const LINE =
  /^[0-9a-f]{8,16}: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{4}) ([0-9A-F]{2}) +(\d{1,20})(?: (.*))?$/s;

/** SOCK_STREAM and so on, in hex. */
const TYPES: Readonly<Record<string, Socket['type'] | undefined>> = {
  '0001': 'stream',
  '0002': 'dgram',
  '0005': 'seqpacket',
};
/** SS_UNCONNECTED, SS_CONNECTED: a state of the socket, where sock_diag(7) has that of the connection. */
const STATES: Readonly<Record<string, Socket['state'] | undefined>> = { '01': 'UNCONN', '03': 'ESTAB' };

/**
 * Reads the unix sockets of a network namespace that are listened on and have a path.
 * A path can be made to look like further lines: an inode that stands there twice is not to be believed.
 *
 * Source: /proc/<pid>/net/unix, unix(7), since Linux 2.0
 * Shape:  one entry a listening socket with a name; empty where there are none
 * Units:  none
 * @throws {ParseError} where the first line is not the heading, or a line's fields are not what the kernel writes
 */
export function parseUnixListeners(bytes: Uint8Array): UnixListener[] {
  const listeners: UnixListener[] = [];
  for (const { flags, inode, path } of entriesOf(bytes)) {
    if (isListening(flags) && path !== null) listeners.push({ inode: BigInt(inode), path });
  }
  return listeners;
}

/** The unix sockets of a network namespace, as far as the text can be believed. */
export interface UnixTable {
  readonly sockets: readonly Socket[];
  /** Where an inode has two lines that differ, so that one may be part of a path: neither is among the sockets. */
  readonly doubt: ParseError | null;
}

/**
 * Reads the unix sockets of a network namespace.
 *
 * Source: /proc/<pid>/net/unix, unix(7), since Linux 2.0
 * Shape:  one row a socket that a process has. Not told are the other end, the queues and the user
 * Units:  none
 * @param ask the namespace, and which inodes; null for all
 * @throws {ParseError} where the first line is not the heading, or a line's fields are not what the kernel writes
 */
export function parseNetUnix(
  bytes: Uint8Array,
  ask: { readonly netNamespace: bigint | null; readonly wants: ((inode: number) => boolean) | null },
): UnixTable {
  const rows = new Map<string, Socket>();
  const forged = new Map<string, ParseError>();
  let line = 1;
  for (const entry of entriesOf(bytes)) {
    line++;
    const { record, inode, path } = entry;
    // One that nobody has accepted yet: sock_diag(7) leaves it out too.
    if (inode === '0' || (ask.wants !== null && !ask.wants(Number(inode)))) continue;
    const [type, state] = [TYPES[entry.type], isListening(entry.flags) ? 'LISTEN' : STATES[entry.state]];
    if (type === undefined || state === undefined) throw damage(record, 'Type and St', line);
    const known = rows.get(inode);
    // One that has moved in the table while it was read stands there twice, and both lines say the same.
    if (known?.type === type && known.state === state && known.path === path) continue;
    if (known) forged.set(inode, damage(record, `Inode ${inode}, which stands there twice`, line));
    rows.set(inode, { ...NOT_TOLD, netNamespace: ask.netNamespace, type, state, inode: BigInt(inode), path });
  }
  for (const inode of forged.keys()) rows.delete(inode);
  return { sockets: [...rows.values()], doubt: [...forged.values()][0] ?? null };
}

const NOT_TOLD = {
  protocol: 'unix',
  family: 'unix',
  local: null,
  peer: null,
  interfaceIndex: null,
  isV6Only: null,
  peerInode: null,
  waitingInodes: null,
  receiveQueue: null,
  sendQueue: null,
  uid: null,
  tcp: null,
} as const;

interface Entry {
  readonly record: string;
  readonly flags: string;
  readonly type: string;
  readonly state: string;
  readonly inode: string;
  readonly path: ByteString | null;
}

/**
 * The path stands last and can hold any byte but NUL, a newline too: what does not begin like a line belongs to the path
 * before it.
 */
function* entriesOf(bytes: Uint8Array): Generator<Entry> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const heading = text.indexOf('\n');
  if (!text.startsWith('Num ') || heading === -1) throw damage(text, 'the heading', 1);
  const starts = [...text.matchAll(/(?<=\n)[0-9a-f]{8,16}: [0-9A-F]{8} /g)].map(({ index }) => index);
  if (starts.length === 0 && text.length > heading + 1) throw damage(text.slice(heading + 1), 'Num', 2);
  if (!text.endsWith('\n')) throw damage(text.slice(starts.at(-1)), 'the end of the line', starts.length + 1);
  for (const [index, start] of starts.entries()) {
    const record = text.slice(start, (starts[index + 1] ?? text.length) - 1);
    const [, flags, type, state, inode, path] = LINE.exec(record) ?? [];
    if (flags === undefined || type === undefined || state === undefined || inode === undefined) {
      throw damage(record, 'Flags, Type, St and Inode', index + 2);
    }
    yield { record, flags, type, state, inode, path: path === undefined || path === '' ? null : path };
  }
}

function isListening(flags: string): boolean {
  return (Number.parseInt(flags, 16) & LISTENS) !== 0;
}

function damage(excerpt: string, field: string, line: number): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt, line });
}
