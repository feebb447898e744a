/**
 * Writes an address as inet_ntop(3) does: `10.0.0.1`, `fd00::1`, `::ffff:10.0.0.1`.
 *
 * Source: an address as the kernel keeps it, in network byte order
 * Shape:  four bytes are IPv4, sixteen IPv6
 * Units:  bytes
 * @returns null where it has another length
 */
export function ipAddress(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return bytes.join('.');
  return bytes.length === 16 ? ipv6Address(bytes) : null;
}

/** The longest run of two or more zero groups becomes `::`; the first one of several. */
function ipv6Address(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => {
    return ((bytes[index * 2] as number) << 8) | (bytes[index * 2 + 1] as number);
  });
  let start = -1;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let end = from;
    while (end < 8 && groups[end] === 0) end++;
    if (end - from > length) [start, length] = [from, end - from];
  }
  const isMapped = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  // Of `::` and `::1` all is zeros but the last group or two, and they are no addresses of IPv4.
  if (isMapped && (length === 5 || groups[6] !== 0)) {
    return `::${length === 5 ? 'ffff:' : ''}${bytes.subarray(12).join('.')}`;
  }
  const hex = (part: readonly number[]) => part.map((it) => it.toString(16)).join(':');
  if (start === -1) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
