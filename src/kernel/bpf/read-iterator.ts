import fs from 'node:fs';
import { type Outcome, value } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';

/** The kernel gives at most 32 KiB at once; where it has more room, fewer reads are needed for what is larger than that. */
const PIECE_BYTES = 64 * 1024;

/**
 * All that one reading of an iterator gives.
 *
 * Source: read(2) of a pinned iterator, or of what bpf_iter_create has given, until there is nothing more
 * Needs:  nothing more than the descriptor
 */
export function readIterator(fd: number): Outcome<Uint8Array> {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const read = attempt(() => fs.readSync(fd, piece));
    // It has gone over many processes without a row, and may go on.
    if (read.kind === 'unsupported' && read.errno === 'EAGAIN') continue;
    if (read.kind !== 'value') return read;
    if (read.value === 0) return value(Buffer.concat(pieces));
    pieces.push(piece.subarray(0, read.value));
  }
}

/**
 * One reading of a pin.
 *
 * Source: open(2) and read(2) of it
 * Needs:  the right to read it
 */
export function readPin(path: string): Outcome<Uint8Array> {
  const opened = attempt(() => fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW));
  if (opened.kind !== 'value') return opened;
  try {
    return readIterator(opened.value);
  } finally {
    fs.closeSync(opened.value);
  }
}
