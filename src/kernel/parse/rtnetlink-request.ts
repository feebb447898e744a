import { LITTLE_ENDIAN } from './netlink.ts';
import { AF_INET, AF_INET6 } from './rtnetlink-attributes.ts';

const HEADER_BYTES = 12;
const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_OIF = 4;
const RTA_UID = 25;

/** For which packets a route is asked. */
export interface RouteRequest {
  readonly to: Uint8Array;
  readonly from: Uint8Array | null;
  readonly interfaceIndex: number | null;
  readonly uid: number;
  /** RTM_F_* */
  readonly flags: number;
}

/**
 * Asks for the route to one address.
 *
 * Source: struct rtmsg and RTA_*, rtnetlink(7); RTA_UID since Linux 4.10
 * Shape:  the payload of a message RTM_GETROUTE
 * Units:  addresses in network byte order, numbers in that of the machine
 */
export function routeRequest({ to, from, interfaceIndex, uid, flags }: RouteRequest): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = to.length === 4 ? AF_INET : AF_INET6;
  header[1] = to.length * 8;
  header[2] = (from?.length ?? 0) * 8;
  new DataView(header.buffer).setUint32(8, flags, LITTLE_ENDIAN);
  return Buffer.concat([
    header,
    attribute(RTA_DST, to),
    ...(from === null ? [] : [attribute(RTA_SRC, from)]),
    ...(interfaceIndex === null ? [] : [attribute(RTA_OIF, number(interfaceIndex))]),
    attribute(RTA_UID, number(uid)),
  ]);
}

function attribute(type: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, bytes.length, LITTLE_ENDIAN);
  view.setUint16(2, type, LITTLE_ENDIAN);
  bytes.set(content, 4);
  return bytes;
}

function number(content: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, content, LITTLE_ENDIAN);
  return bytes;
}
