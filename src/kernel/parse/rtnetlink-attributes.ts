import { ParseError } from '../../model/errors.ts';
import type { IpFamily } from '../../model/network-route.ts';
import { ipAddress } from './address-bytes.ts';
import { LITTLE_ENDIAN, netlinkAttributes } from './netlink.ts';

/** The address families of sockets and routes. */
export const AF_INET = 2;
/** The other one. */
export const AF_INET6 = 10;

const WIDTHS: Readonly<Record<IpFamily, number>> = { ipv4: 32, ipv6: 128 };

/**
 * The attributes of one message of rtnetlink, read as what they are.
 *
 * Source: struct nlattr, rtnetlink(7)
 * Shape:  null for an attribute that is not there
 * Units:  numbers in the byte order of the machine, addresses and ports in that of the network
 * @throws {ParseError} in every method, where a value is shorter than its type
 */
export class Attributes {
  readonly #values: ReadonlyMap<number, Uint8Array>;
  readonly #source: string;

  constructor(bytes: Uint8Array, source: string) {
    this.#values = netlinkAttributes(bytes);
    this.#source = source;
  }

  /** The numbers of all that are there. */
  get types(): Iterable<number> {
    return this.#values.keys();
  }

  bytes(type: number): Uint8Array | null {
    return this.#values.get(type) ?? null;
  }

  u8(type: number): number | null {
    return this.#view(type, 1)?.getUint8(0) ?? null;
  }

  u16(type: number): number | null {
    return this.#view(type, 2)?.getUint16(0, LITTLE_ENDIAN) ?? null;
  }

  u32(type: number): number | null {
    return this.#view(type, 4)?.getUint32(0, LITTLE_ENDIAN) ?? null;
  }

  /** A number in network byte order. */
  beU64(type: number): bigint | null {
    return this.#view(type, 8)?.getBigUint64(0) ?? null;
  }

  /** Two numbers of 16 or 32 bits, the first and the last one. */
  range(type: number, bits: 16 | 32): { first: number; last: number } | null {
    const view = this.#view(type, bits / 4);
    if (view === null) return null;
    if (bits === 16) return { first: view.getUint16(0, LITTLE_ENDIAN), last: view.getUint16(2, LITTLE_ENDIAN) };
    return { first: view.getUint32(0, LITTLE_ENDIAN), last: view.getUint32(4, LITTLE_ENDIAN) };
  }

  /** Text that ends with a zero. */
  text(type: number): string | null {
    const value = this.#values.get(type);
    if (value === undefined) return null;
    const end = value.indexOf(0);
    return Buffer.from(end === -1 ? value : value.subarray(0, end)).toString('latin1');
  }

  /** An address of this family. */
  address(type: number, family: IpFamily): string | null {
    const value = this.#values.get(type);
    if (value === undefined) return null;
    if (value.length !== WIDTHS[family] / 8) throw this.#damage(type);
    return ipAddress(value);
  }

  /** A prefix whose length stands elsewhere; of length 0 its address is left out. */
  prefix(type: number, length: number, family: IpFamily): string {
    if (length > WIDTHS[family]) throw this.#damage(type);
    const address = this.address(type, family);
    if (address === null && length > 0) throw this.#damage(type);
    return `${address ?? anyAddress(family)}/${length}`;
  }

  #view(type: number, size: number): DataView | null {
    const value = this.#values.get(type);
    if (value === undefined) return null;
    if (value.length < size) throw this.#damage(type);
    return new DataView(value.buffer, value.byteOffset, value.length);
  }

  #damage(type: number): ParseError {
    const value = Buffer.from(this.#values.get(type) ?? []);
    return new ParseError({ source: this.#source, field: `attribute ${type}`, excerpt: value.toString('hex') });
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

function anyAddress(family: IpFamily): string {
  return family === 'ipv4' ? '0.0.0.0' : '::';
}
