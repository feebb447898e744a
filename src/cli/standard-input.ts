import fs from 'node:fs';

/** All that stands on stdin; null where that is more. An endless one is not read to its end. */
export function standardInput(mostBytes: number): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const piece = Buffer.alloc(Math.min(65_536, mostBytes + 1 - size));
    const got = fs.readSync(0, piece, 0, piece.length, null);
    if (got === 0) return Buffer.concat(pieces, size);
    pieces.push(piece.subarray(0, got));
    size += got;
    if (size > mostBytes) return null;
  }
}
