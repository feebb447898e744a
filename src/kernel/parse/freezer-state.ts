import { ParseError } from '../../model/errors.ts';

/**
 * Reads whether a control group of version 1 is frozen, by itself or by one above it.
 *
 * Source: freezer.state, Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst, since Linux 2.6.28
 * Shape:  true for FROZEN, and for FREEZING, where some tasks already are
 * Units:  none
 * @throws {ParseError} where it is another word
 */
export function parseFreezerState(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const word = /^(THAWED|FREEZING|FROZEN)\n?$/.exec(text)?.[1];
  if (word === undefined) throw new ParseError({ source: 'freezer.state', field: 'state', excerpt: text });
  return word !== 'THAWED';
}
