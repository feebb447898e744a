import { ParseError } from '../../model/errors.ts';

const AT_NULL = 0;
const AT_PAGESZ = 6;
const SMALLEST_PAGE = 4096;
const LARGEST_PAGE = 1 << 20;

/** How a machine writes the pairs of numbers: with words of 8 or 4 bytes, the low byte first or last. */
const LAYOUTS: readonly ((view: DataView, at: number) => number)[] = [
  (view, at) => Number(view.getBigUint64(at * 8, true)),
  (view, at) => view.getUint32(at * 4, true),
  (view, at) => Number(view.getBigUint64(at * 8, false)),
  (view, at) => view.getUint32(at * 4, false),
];
const WORD_BYTES = [8, 4, 8, 4];

/**
 * Reads how large a page of memory is, of which the kernel counts many things. It is 4 KiB on x86, and 4, 16 or 64 KiB
 * elsewhere.
 *
 * Source: /proc/<pid>/auxv, entry AT_PAGESZ, getauxval(3), since Linux 2.6.0
 * Shape:  one number, a power of two
 * Units:  bytes
 * @throws {ParseError} where no layout that there is makes it an auxiliary vector
 */
export function parsePageSize(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [layout, wordAt] of LAYOUTS.entries()) {
    const words = Math.floor(bytes.length / (WORD_BYTES[layout] ?? 8));
    for (let at = 0; at + 1 < words; at += 2) {
      const type = wordAt(view, at);
      if (type === AT_NULL) break;
      if (type === AT_PAGESZ && isPageSize(wordAt(view, at + 1))) return wordAt(view, at + 1);
    }
  }
  const excerpt = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('hex');
  throw new ParseError({ source: '/proc/self/auxv', field: 'AT_PAGESZ', excerpt });
}

function isPageSize(size: number): boolean {
  return size >= SMALLEST_PAGE && size <= LARGEST_PAGE && Number.isInteger(Math.log2(size));
}
