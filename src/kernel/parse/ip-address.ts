/**
 * Writes an IPv4 address.
 *
 * Source: inet_ntop(3)
 * Shape:  `127.0.0.1`
 * Units:  the address as one number, its first byte the most significant
 */
export function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

/**
 * Writes an IPv6 address as glibc does: the longest run of zeros is `::`, and what stands for an IPv4 address ends as one.
 *
 * Source: inet_ntop(3), RFC 5952
 * Shape:  `::1`, `fe80::1`, `::ffff:10.0.0.1`
 * Units:  the address as four numbers, their first bytes the most significant
 */
export function ipv6Text(words: readonly [number, number, number, number]): string {
  const [a, b, c, d] = words;
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${ipv4Text(d)}`;
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const run = longestRunOfZeros(groups);
  if (run.start === 0 && run.length === 6) return `::${ipv4Text(d)}`;
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

/** The first of equals. */
function longestRunOfZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

const SLOTS = 256;

/** Addresses that are written once and then remembered: of ten thousand connections most ends are the same few. */
export class AddressTexts {
  readonly #words = new Uint32Array(SLOTS * 4);
  readonly #texts = new Array<string | undefined>(SLOTS).fill(undefined);
  readonly #ipv4 = new Map<number, string>();

  ipv4(word: number): string {
    const known = this.#ipv4.get(word);
    if (known !== undefined) return known;
    const text = ipv4Text(word);
    this.#ipv4.set(word, text);
    return text;
  }

  ipv6(a: number, b: number, c: number, d: number): string {
    const slot = (a ^ b ^ c ^ d ^ (d >>> 8) ^ (d >>> 16)) & (SLOTS - 1);
    const [at, words] = [slot * 4, this.#words];
    const known = this.#texts[slot];
    const isSame = words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d;
    if (known !== undefined && isSame) return known;
    const text = ipv6Text([a, b, c, d]);
    words.set([a, b, c, d], at);
    this.#texts[slot] = text;
    return text;
  }
}
