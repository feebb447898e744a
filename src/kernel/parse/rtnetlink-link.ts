import { ParseError } from '../../model/errors.ts';
import type { ByteString } from '../../model/text.ts';
import { LITTLE_ENDIAN } from './netlink.ts';
import { Attributes } from './rtnetlink-attributes.ts';

const SOURCE = 'rtnetlink(7) RTM_NEWLINK';
const HEADER_BYTES = 16;
const IFLA_IFNAME = 3;

/**
 * Reads which interface a number stands for.
 *
 * Source: struct ifinfomsg, rtnetlink(7)
 * Shape:  one interface a message
 * Units:  none
 * @throws {ParseError} where the message is cut, or has no name
 */
export function parseLinkMessage(payload: Uint8Array): { index: number; name: ByteString } {
  if (payload.length < HEADER_BYTES) throw damage(payload, 'struct ifinfomsg');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const name = new Attributes(payload, HEADER_BYTES, SOURCE).text(IFLA_IFNAME);
  if (name === null || name === '') throw damage(payload, 'IFLA_IFNAME');
  return { index: view.getInt32(4, LITTLE_ENDIAN), name };
}

function damage(payload: Uint8Array, field: string): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt: Buffer.from(payload.subarray(0, 32)).toString('hex') });
}
