import { ParseError } from '../../model/errors.ts';
import type { NextHop } from '../../model/network-route.ts';
import type { ByteString } from '../../model/text.ts';
import { ipAddress } from './address-bytes.ts';
import { LITTLE_ENDIAN } from './netlink.ts';
import { Attributes } from './rtnetlink-attributes.ts';
import { routeFlags } from './rtnetlink-words.ts';

const SOURCE = 'rtnetlink(7) RTM_NEWNEXTHOP';
const HEADER_BYTES = 8;
const MEMBER_BYTES = 8;
const NHA = { ID: 1, GROUP: 2, OIF: 5, GATEWAY: 6 } as const;

/** A next hop that routes can share, or a group of such. */
export interface NextHopObject {
  readonly id: number;
  /** Its own way on: of a group, and of one that leads nowhere, without gateway and interface. */
  readonly way: NextHop;
  /** Those that a group is of; empty for one that is none. */
  readonly members: readonly { readonly id: number; readonly weight: number }[];
}

/**
 * Reads one next hop object.
 *
 * Source: struct nhmsg, struct nexthop_grp and NHA_*, linux/nexthop.h, since Linux 5.3
 * Shape:  one object a message
 * Units:  none
 * @param links the interfaces of that network namespace by their number
 * @throws {ParseError} where the message is cut, or has no number
 */
export function parseNextHopMessage(payload: Uint8Array, links: ReadonlyMap<number, ByteString>): NextHopObject {
  if (payload.length < HEADER_BYTES) throw damage(payload, 'struct nhmsg');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const attributes = new Attributes(payload, HEADER_BYTES, SOURCE);
  const id = attributes.u32(NHA.ID);
  if (id === null) throw damage(payload, 'NHA_ID');
  const index = attributes.u32(NHA.OIF);
  const router = attributes.bytes(NHA.GATEWAY);
  const gateway = router && ipAddress(router);
  if (router !== null && gateway === null) throw damage(router, 'NHA_GATEWAY');
  const flags = routeFlags(view.getUint32(4, LITTLE_ENDIAN));
  const name = index === null ? null : (links.get(index) ?? null);
  return { id, way: { gateway, interface: name, weight: 1, flags }, members: membersOf(attributes.bytes(NHA.GROUP)) };
}

function membersOf(bytes: Uint8Array | null): NextHopObject['members'] {
  if (bytes === null) return [];
  if (bytes.length % MEMBER_BYTES !== 0) throw damage(bytes, 'struct nexthop_grp');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / MEMBER_BYTES }, (_, index) => {
    const at = index * MEMBER_BYTES;
    // The upper half of a weight is 0 on kernels that know the lower one only.
    const weight = view.getUint8(at + 4) + view.getUint8(at + 5) * 0x100 + 1;
    return { id: view.getUint32(at, LITTLE_ENDIAN), weight };
  });
}

function damage(bytes: Uint8Array, field: string): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt: Buffer.from(bytes.subarray(0, 32)).toString('hex') });
}
