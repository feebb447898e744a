import type { FileId } from '../../model/process.ts';

/**
 * Finds who holds the exclusive flock(2) on a file.
 *
 * Source: /proc/locks, lines `id: FLOCK ADVISORY WRITE pid major:minor:inode start end`, since Linux 2.0
 * Shape:  the pid that made the call, which may have ended while a child holds on; null where nobody holds it, or from
 *         another pid namespace. Those that wait (`->`) are not taken for holders
 * Units:  a pid, as the procfs's pid namespace counts; device numbers are hexadecimal there
 */
export function parseFlockHolder(bytes: Uint8Array, { dev, ino }: FileId): number | null {
  const [major, minor] = [(dev >> 8n) & 0xfffn, (dev & 0xffn) | ((dev >> 12n) & 0xfff00n)];
  const file = `${hex(major)}:${hex(minor)}:${ino}`;
  for (const line of Buffer.from(bytes).toString('latin1').split('\n')) {
    const found = /^\d+: FLOCK +\S+ +WRITE +(-?\d+) +(\S+) /.exec(line);
    if (found?.[2] === file && Number(found[1]) > 0) return Number(found[1]);
  }
  return null;
}

function hex(number: bigint): string {
  return number.toString(16).padStart(2, '0');
}
