import { ParseError } from '../../model/errors.ts';

/**
 * Reads whether a control group of version 2 is frozen, by itself or by one above it.
 *
 * Source: cgroup.events, line frozen, Documentation/admin-guide/cgroup-v2.rst, since Linux 5.2
 * Shape:  a boolean
 * Units:  none
 * @throws {ParseError} where the line is missing
 */
export function parseFrozenEvent(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const digit = /^frozen ([01])$/m.exec(text)?.[1];
  if (digit === undefined) throw new ParseError({ source: 'cgroup.events', field: 'frozen', excerpt: text });
  return digit === '1';
}
