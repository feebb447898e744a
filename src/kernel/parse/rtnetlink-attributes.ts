import { ParseError } from '../../model/errors.ts';
import type { IpFamily } from '../../model/network-route.ts';
import { ipv4Text, ipv6Text } from './ip-address.ts';
import { LITTLE_ENDIAN } from './netlink.ts';

/** The address families of sockets and routes. */
export const AF_INET = 2;
/** The other one. */
export const AF_INET6 = 10;

const ANY: Readonly<Record<IpFamily, string>> = { ipv4: '0.0.0.0/0', ipv6: '::/0' };
const WIDTHS: Readonly<Record<IpFamily, number>> = { ipv4: 32, ipv6: 128 };

/** Of a type with NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const TYPE = 0x3fff;
const ATTRIBUTE_HEADER_BYTES = 4;
/** Where a value starts, times this, and its length: one number, since a table has tens of thousands of them. */
const START = 0x10000;

/**
 * The attributes of one message of rtnetlink, read as what they are.
 *
 * Source: struct nlattr, rtnetlink(7)
 * Shape:  null for an attribute that is not there; of a type that comes twice the last one
 * Units:  numbers in the byte order of the machine, addresses and ports in that of the network
 * @throws {ParseError} from the start where a length leads outside, and in every method where a value is shorter than its
 *         type
 */
export class Attributes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #values = new Map<number, number>();
  readonly #source: string;

  /** @param start how long the fixed part is in front of them */
  constructor(bytes: Uint8Array, start: number, source: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#source = source;
    for (let at = start; at + ATTRIBUTE_HEADER_BYTES <= bytes.length; ) {
      const length = this.#view.getUint16(at, LITTLE_ENDIAN);
      const type = this.#view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE;
      if (length < ATTRIBUTE_HEADER_BYTES || length > bytes.length - at) throw this.#damage(type, at);
      this.#values.set(type, (at + ATTRIBUTE_HEADER_BYTES) * START + length - ATTRIBUTE_HEADER_BYTES);
      at += (length + 3) & ~3;
    }
  }

  /** The numbers of all that are there. */
  get types(): Iterable<number> {
    return this.#values.keys();
  }

  bytes(type: number): Uint8Array | null {
    const value = this.#values.get(type);
    if (value === undefined) return null;
    const start = Math.floor(value / START);
    return this.#bytes.subarray(start, start + (value % START));
  }

  u8(type: number): number | null {
    const at = this.#at(type, 1);
    return at === -1 ? null : this.#view.getUint8(at);
  }

  u16(type: number): number | null {
    const at = this.#at(type, 2);
    return at === -1 ? null : this.#view.getUint16(at, LITTLE_ENDIAN);
  }

  u32(type: number): number | null {
    const at = this.#at(type, 4);
    return at === -1 ? null : this.#view.getUint32(at, LITTLE_ENDIAN);
  }

  /** A number in network byte order. */
  beU64(type: number): bigint | null {
    const at = this.#at(type, 8);
    return at === -1 ? null : this.#view.getBigUint64(at);
  }

  /** Two numbers of 16 or 32 bits, the first and the last one. */
  range(type: number, bits: 16 | 32): { first: number; last: number } | null {
    const at = this.#at(type, bits / 4);
    if (at === -1) return null;
    const view = this.#view;
    if (bits === 16) return { first: view.getUint16(at, LITTLE_ENDIAN), last: view.getUint16(at + 2, LITTLE_ENDIAN) };
    return { first: view.getUint32(at, LITTLE_ENDIAN), last: view.getUint32(at + 4, LITTLE_ENDIAN) };
  }

  /** Text that ends with a zero. */
  text(type: number): string | null {
    const value = this.bytes(type);
    if (value === null) return null;
    const end = value.indexOf(0);
    return Buffer.from(end === -1 ? value : value.subarray(0, end)).toString('latin1');
  }

  /** An address of this family. */
  address(type: number, family: IpFamily): string | null {
    const width = WIDTHS[family] / 8;
    const at = this.#at(type, width);
    if (at === -1) return null;
    if ((this.#values.get(type) ?? 0) % START !== width) throw this.#damage(type, at);
    const view = this.#view;
    if (family === 'ipv4') return ipv4Text(view.getUint32(at));
    return ipv6Text([view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12)]);
  }

  /** A prefix whose length stands elsewhere; of length 0 its address is left out. */
  prefix(type: number, length: number, family: IpFamily): string {
    if (length > WIDTHS[family]) throw this.#damage(type, 0);
    const address = this.address(type, family);
    if (address !== null) return `${address}/${length}`;
    if (length > 0) throw this.#damage(type, 0);
    return ANY[family];
  }

  /** Where a value starts; -1 where there is none. */
  #at(type: number, size: number): number {
    const value = this.#values.get(type);
    if (value === undefined) return -1;
    const at = Math.floor(value / START);
    if (value % START < size) throw this.#damage(type, at);
    return at;
  }

  #damage(type: number, at: number): ParseError {
    const excerpt = Buffer.from(this.#bytes.subarray(at, at + 32)).toString('hex');
    return new ParseError({ source: this.#source, field: `attribute ${type}`, excerpt });
  }
}

/**
 * The family that a message is of.
 * @throws {ParseError} where it is neither
 */
export function familyOf(payload: Uint8Array, size: number, source: string): IpFamily {
  const code = payload.length < size ? null : payload[0];
  if (code === AF_INET) return 'ipv4';
  if (code === AF_INET6) return 'ipv6';
  throw new ParseError({ source, field: 'the family', excerpt: Buffer.from(payload.subarray(0, 32)).toString('hex') });
}
