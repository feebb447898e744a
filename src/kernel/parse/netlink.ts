import { ParseError } from '../../model/errors.ts';

/** One message of an answer. */
export interface NetlinkMessage {
  readonly type: number;
  readonly sequence: number;
  /** NLM_F_DUMP_INTR: what is listed has changed meanwhile, and some of it may be missing. */
  readonly isTorn: boolean;
  /** NLMSG_DONE, or an acknowledgement: nothing follows. */
  readonly isLast: boolean;
  /** Of NLMSG_ERROR, and of NLMSG_DONE where a dump has failed; null where nothing did. */
  readonly errno: number | null;
  /** What was received, and from where to where the payload stands in it: for those that read many messages in place. */
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  /** The same as an array, of the same bytes. */
  readonly payload: Uint8Array;
}

const SOURCE = 'netlink(7)';
const HEADER_BYTES = 16;
const ATTRIBUTE_HEADER_BYTES = 4;
const NLMSG_NOOP = 1;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_DUMP_INTR = 0x10;
/** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const ATTRIBUTE_TYPE = 0x3fff;

/**
 * Goes through the messages of what one recv(2) has brought.
 *
 * Source: struct nlmsghdr, netlink(7), since Linux 2.2
 * Shape:  the messages in their order; the last has `isLast` where the answer ends here
 * Units:  sizes in bytes, numbers in the byte order of the machine
 * @param visit gets each message, which is its until it returns; it ends the walk by returning true
 * @returns whether the walk was ended
 * @throws {ParseError} where a length leads outside of what was read
 */
export function walkNetlink(bytes: Uint8Array, visit: (message: NetlinkMessage) => boolean): boolean {
  const view = viewOf(bytes);
  const message = new Message(view);
  for (let at = 0; at < bytes.length; ) {
    if (at + HEADER_BYTES > bytes.length) throw damage(bytes, at, 'the header');
    const length = view.getUint32(at, LITTLE_ENDIAN);
    if (length < HEADER_BYTES || length > bytes.length - at) throw damage(bytes, at, 'nlmsg_len');
    message.moveTo(at, at + length);
    if (message.type === NLMSG_ERROR && length < HEADER_BYTES + 4) throw damage(bytes, at, 'struct nlmsgerr');
    if (message.type !== NLMSG_NOOP && visit(message)) return true;
    at += aligned(length);
  }
  return false;
}

/** A message where it was received. One object goes from message to message: of ten thousand nothing is left behind. */
class Message implements NetlinkMessage {
  readonly view: DataView;
  type = 0;
  sequence = 0;
  isTorn = false;
  isLast = false;
  errno: number | null = null;
  start = 0;
  end = 0;

  constructor(view: DataView) {
    this.view = view;
  }

  moveTo(at: number, end: number): void {
    const { view } = this;
    this.start = at + HEADER_BYTES;
    this.end = end;
    this.type = view.getUint16(at + 4, LITTLE_ENDIAN);
    this.sequence = view.getUint32(at + 8, LITTLE_ENDIAN);
    this.isTorn = (view.getUint16(at + 6, LITTLE_ENDIAN) & NLM_F_DUMP_INTR) !== 0;
    this.isLast = this.type === NLMSG_ERROR || this.type === NLMSG_DONE;
    const code = this.isLast && end - this.start >= 4 ? view.getInt32(this.start, LITTLE_ENDIAN) : 0;
    this.errno = code < 0 ? -code : null;
  }

  get payload(): Uint8Array {
    return new Uint8Array(this.view.buffer, this.view.byteOffset + this.start, this.end - this.start);
  }
}

/**
 * Reads attributes: those of a message behind its fixed part, or those inside another attribute.
 *
 * Source: struct nlattr, netlink(7)
 * Shape:  the value of each by its type; of a type that comes twice the last one
 * Units:  bytes
 * @throws {ParseError} where a length leads outside
 */
export function netlinkAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const view = viewOf(bytes);
  const attributes = new Map<number, Uint8Array>();
  for (let at = 0; at + ATTRIBUTE_HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < ATTRIBUTE_HEADER_BYTES || length > bytes.length - at) throw damage(bytes, at, 'nla_len');
    const type = view.getUint16(at + 2, LITTLE_ENDIAN) & ATTRIBUTE_TYPE;
    attributes.set(type, bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length));
    at += aligned(length);
  }
  return attributes;
}

/** A message to the kernel. */
export function netlinkRequest(
  { type, flags, sequence }: { readonly type: number; readonly flags: number; readonly sequence: number },
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, LITTLE_ENDIAN);
  view.setUint16(4, type, LITTLE_ENDIAN);
  view.setUint16(6, flags, LITTLE_ENDIAN);
  view.setUint32(8, sequence, LITTLE_ENDIAN);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** The byte order of the machine: netlink has no other. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}

function damage(bytes: Uint8Array, at: number, field: string): ParseError {
  const excerpt = Buffer.from(bytes.subarray(at, at + 32)).toString('hex');
  return new ParseError({ source: SOURCE, field, excerpt });
}
