import { LITTLE_ENDIAN, type NetlinkMessage, netlinkRequest, walkNetlink } from '../../src/kernel/parse/netlink.ts';

/** A message of the kernel's with this payload. */
export function messageOf(payload: Uint8Array, type = 20): NetlinkMessage {
  let found: NetlinkMessage | undefined;
  // It goes on to no other message: there is one.
  walkNetlink(netlinkRequest({ type, flags: 0, sequence: 1 }, payload), (message) => {
    found = message;
    return true;
  });
  if (found === undefined) throw new Error('no message');
  return found;
}

/** The fixed part of a message with attributes behind it, by type. */
export function withAttributes(
  fixed: Uint8Array,
  attributes: readonly (readonly [type: number, value: Uint8Array])[],
): Uint8Array {
  const rest = attributes.map(([type, value]) => {
    const padded = new Uint8Array((4 + value.length + 3) & ~3);
    const view = new DataView(padded.buffer);
    view.setUint16(0, 4 + value.length, LITTLE_ENDIAN);
    view.setUint16(2, type, LITTLE_ENDIAN);
    padded.set(value, 4);
    return padded;
  });
  return Buffer.concat([fixed, ...rest]);
}

/** Numbers of 32 bits, in the byte order of the machine. */
export function u32s(...numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(numbers).buffer);
}
