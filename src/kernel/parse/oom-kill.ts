import { ParseError } from '../../model/errors.ts';

/**
 * Reads how often the kernel has killed for lack of memory.
 *
 * Source: the line oom_kill of /proc/vmstat, since Linux 4.13; of a cgroup's memory.oom_control (version 1, 4.13) and
 *         memory.events (version 2, 4.13)
 * Shape:  the counter
 * Units:  processes
 * @throws {ParseError} where there is no such line
 */
export function parseOomKills(bytes: Uint8Array): bigint {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digits = /^oom_kill (\d{1,20})$/m.exec(text)?.[1];
  if (digits === undefined) throw new ParseError({ source: 'oom_kill', field: 'oom_kill', excerpt: text });
  return BigInt(digits);
}
