import fs from 'node:fs';
import { type Outcome, value } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';

/** More than the processes of most machines take; where there are more, the next reading has room for as many. */
const FIRST_BYTES = 256 * 1024;

/** How much there was the last time, as a guess of how much there will be. */
export interface ReadingSize {
  bytes: number;
}

/**
 * So long nothing may come. To go over a million threads takes the kernel a tenth of it; but it says the same (EAGAIN) where
 * it has no memory for who reads, and it may never have any: that memory counts for the control group of who has installed.
 */
const PATIENCE_MS = 1000;

/**
 * All that one reading of an iterator gives, in memory of its own.
 *
 * Source: read(2) of a pinned iterator, or of what bpf_iter_create has given, until there is nothing more
 * Needs:  nothing more than the descriptor
 * @returns `unsupported` (EAGAIN) where nothing has come for a second
 */
export function readIterator(fd: number, last: ReadingSize): Outcome<Uint8Array> {
  let bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, last.bytes + (last.bytes >>> 3)));
  let length = 0;
  let waitingSince: number | null = null;
  for (;;) {
    if (length === bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2);
    const read = attempt(() => fs.readSync(fd, bytes, length, bytes.length - length, null));
    // It has gone over many threads without a row, and goes on; or it has no memory, for the time being or for ever.
    if (read.kind === 'unsupported' && read.errno === 'EAGAIN') {
      waitingSince ??= performance.now();
      if (performance.now() - waitingSince < PATIENCE_MS) continue;
    }
    if (read.kind !== 'value') return read;
    waitingSince = null;
    if (read.value === 0) break;
    length += read.value;
  }
  last.bytes = length;
  return value(bytes.subarray(0, length));
}

/** By the path of the pin: one tells more than the other. */
const sizes = new Map<string, ReadingSize>();

/**
 * One reading of a pin.
 *
 * Source: open(2) and read(2) of it
 * Needs:  the right to read it
 */
export function readPin(path: string): Outcome<Uint8Array> {
  const opened = attempt(() => fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW));
  if (opened.kind !== 'value') return opened;
  const last = sizes.get(path) ?? { bytes: 0 };
  sizes.set(path, last);
  try {
    return readIterator(opened.value, last);
  } finally {
    fs.closeSync(opened.value);
  }
}
