import { ParseError } from '../../model/errors.ts';

/** A file, or a part of one, in the memory of a process. */
export interface Mapping {
  /** As the directory map_files names it: `7f0000-7f1000`. */
  readonly range: string;
  readonly ino: bigint;
}

const LINE =
  /^0*([0-9a-f]{1,16})-0*([0-9a-f]{1,16}) [r-][w-][x-][ps] [0-9a-f]{8,16} [0-9a-f]{2,}:[0-9a-f]{2,} (\d{1,20})(?: |$)/;

/**
 * Reads which files a process has in its memory.
 *
 * Source: /proc/<pid>/maps, proc_pid_maps(5), since Linux 1.0
 * Shape:  a line a mapping; those without a file, whose inode is 0, are left out; empty for kernel threads and zombies.
 *         The device is not told: btrfs and overlayfs have another one there than stat(2) says
 * Units:  addresses in hexadecimal
 * @throws {ParseError} where a line is none of a mapping
 */
export function parseMappings(bytes: Uint8Array): Mapping[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return text.split('\n').flatMap((line, index, { length }) => {
    if (line === '' && index === length - 1) return [];
    const [, from, to, ino] = LINE.exec(line) ?? [];
    if (from === undefined || to === undefined || ino === undefined) {
      throw new ParseError({ source: '/proc/<pid>/maps', field: `line ${index + 1}`, excerpt: line });
    }
    return ino === '0' ? [] : [{ range: `${from}-${to}`, ino: BigInt(ino) }];
  });
}
