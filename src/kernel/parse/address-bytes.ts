import { ipv4Text, ipv6Text } from './ip-address.ts';

/**
 * Writes an address as inet_ntop(3) does: `10.0.0.1`, `fd00::1`, `::ffff:10.0.0.1`.
 *
 * Source: an address as a message has it, in network byte order
 * Shape:  four bytes are IPv4, sixteen IPv6
 * Units:  bytes
 * @returns null where it has another length
 */
export function ipAddress(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 4) return ipv4Text(view.getUint32(0));
  if (bytes.length !== 16) return null;
  return ipv6Text([view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)]);
}

/**
 * Reads an address as people write it.
 *
 * Source: RFC 4291, section 2.2
 * Shape:  four bytes for IPv4, sixteen for IPv6; `::ffff:10.0.0.1` is one of IPv4, as it is for the kernel
 * Units:  bytes, in network byte order
 * @returns null where it is none
 */
export function ipAddressBytes(text: string): Uint8Array | null {
  if (!text.includes(':')) return ipv4Bytes(text);
  const [head = '', tail, ...more] = withoutDots(text)?.split('::') ?? [];
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')];
  if (front === null || back === null || more.length > 0) return null;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...front, ...Array<number>(missing).fill(0), ...back];
  const bytes = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? bytes.slice(12) : bytes;
}

function ipv4Bytes(text: string): Uint8Array | null {
  const parts = text.split('.');
  const isOne = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return isOne ? Uint8Array.from(parts, Number) : null;
}

/** An address of IPv4 at the end, as two groups. */
function withoutDots(text: string): string | null {
  if (!text.includes('.')) return text;
  const start = text.lastIndexOf(':') + 1;
  const bytes = ipv4Bytes(text.slice(start));
  if (bytes === null) return null;
  const hex = (at: number) => (((bytes[at] as number) << 8) | (bytes[at + 1] as number)).toString(16);
  return `${text.slice(0, start)}${hex(0)}:${hex(2)}`;
}

function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const words = text.split(':');
  return words.every((word) => /^[0-9a-f]{1,4}$/i.test(word)) ? words.map((word) => Number.parseInt(word, 16)) : null;
}
