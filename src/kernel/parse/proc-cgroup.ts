import { ParseError } from '../../model/errors.ts';
import type { ByteString } from '../../model/text.ts';

/** Where a process is in one hierarchy of cgroups. */
export interface CgroupPlace {
  /** The controllers of the hierarchy; empty for that of version 2. */
  readonly controllers: readonly string[];
  /** Below the root of the hierarchy, as the reader's cgroup namespace shows it. */
  readonly path: ByteString;
}

/**
 * Reads in which cgroups a process is.
 *
 * Source: /proc/<pid>/cgroup, cgroups(7), since Linux 2.6.24
 * Shape:  one place for each hierarchy
 * Units:  none
 * @throws {ParseError} where a line has not its three fields
 */
export function parseProcCgroup(bytes: Uint8Array): CgroupPlace[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) {
      throw new ParseError({ source: '/proc/<pid>/cgroup', field: 'line', excerpt: line, line: index + 1 });
    }
    return { controllers: controllers === '' ? [] : controllers.split(','), path };
  });
}
