import { ParseError } from '../../model/errors.ts';

/**
 * Reads the number that this boot drew.
 *
 * Source: /proc/sys/kernel/random/boot_id, random(4), since Linux 2.4
 * Shape:  a UUID in lower case
 * Units:  none
 * @throws {ParseError} where it is no UUID
 */
export function parseBootId(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const uuid = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n?$/.exec(text)?.[1];
  if (uuid === undefined) {
    throw new ParseError({ source: '/proc/sys/kernel/random/boot_id', field: 'boot id', excerpt: text });
  }
  return uuid;
}
