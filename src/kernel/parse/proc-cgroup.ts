import { ParseError } from '../../model/errors.ts';
import type { ByteString } from '../../model/text.ts';

/** Where a process stands in one hierarchy of control groups. */
export interface CgroupPlace {
  /** The controllers of a hierarchy of version 1; empty for the one of version 2. */
  readonly controllers: readonly ByteString[];
  /** From the root of the reader's cgroup namespace: `/`, `/user.slice/x`, `/../y` outside it. */
  readonly path: ByteString;
}

/**
 * Reads in which control groups a process is.
 *
 * Source: /proc/<pid>/cgroup, lines `id:controllers:path`, cgroups(7), since Linux 2.6.24
 * Shape:  one entry a hierarchy; a path may hold any byte but a newline
 * Units:  none
 * @throws {ParseError} where a line has not its fields
 */
export function parseProcCgroup(bytes: Uint8Array): CgroupPlace[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    const [, controllers, path] = /^\d{1,10}:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) {
      throw new ParseError({ source: '/proc/<pid>/cgroup', field: 'path (3)', excerpt: line, line: index + 1 });
    }
    return { controllers: controllers === '' ? [] : controllers.split(','), path };
  });
}
