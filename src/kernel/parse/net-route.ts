import { ParseError } from '../../model/errors.ts';
import type { NetworkRoute } from '../../model/network-route.ts';
import { ipAddress } from './address-bytes.ts';
import { LITTLE_ENDIAN } from './netlink.ts';

/** A route of the main table, as far as its line tells. */
export type MainRoute = Pick<NetworkRoute, 'destination' | 'gateway' | 'interface'> & { readonly metric: number };

const SOURCE = '/proc/<pid>/net/route';
const HEADING = /^Iface\tDestination\tGateway \tFlags\t/;
const LINE =
  /^([^\t]{1,15})\t([0-9A-F]{8})\t([0-9A-F]{8})\t([0-9A-F]{4,8})\t\d+\t\d+\t(-?\d{1,10})\t([0-9A-F]{8})\t\d+\t\d+\t\d+ *$/;
const RTF_GATEWAY = 0x2;
const NOWHERE = '*';

/**
 * Reads the main table of IPv4, without broadcasts and multicasts.
 *
 * Source: /proc/<pid>/net/route, proc_net(5)
 * Shape:  a line a route in the order of the addresses; of several next hops the first, of another family's none;
 *         its column MTU is not the route's mtu
 * Units:  addresses as the machine keeps 32 bits of network byte order
 * @throws {ParseError} where the first line is not the heading, or a line is none of a route
 */
export function parseNetRoute(bytes: Uint8Array): MainRoute[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const [heading = '', ...lines] = text.split('\n');
  if (!HEADING.test(heading)) throw damage(heading, 'the heading', 1);
  if (lines.pop() !== '') throw damage(text.slice(-80), 'the end of the line', lines.length + 2);
  return lines.map((line, index) => {
    const [, name, destination, gateway, flags, metric, mask] = LINE.exec(line) ?? [];
    const length = mask === undefined ? null : lengthOf(addressOf(mask));
    if (name === undefined || length === null || destination === undefined || gateway === undefined) {
      throw damage(line, 'a route', index + 2);
    }
    // A router of IPv6 stands there as 0.
    const hasGateway = (Number.parseInt(flags as string, 16) & RTF_GATEWAY) !== 0 && !/^0+$/.test(gateway);
    return {
      interface: name === NOWHERE ? null : name,
      destination: `${ipAddress(addressOf(destination))}/${length}`,
      gateway: hasGateway ? ipAddress(addressOf(gateway)) : null,
      // Written as if it had a sign.
      metric: Number(metric) >>> 0,
    };
  });
}

function addressOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, Number.parseInt(hex, 16), LITTLE_ENDIAN);
  return bytes;
}

/** How many bits a mask has in front; null where others are set too. */
function lengthOf(mask: Uint8Array): number | null {
  const bits = Array.from(mask, (it) => it.toString(2).padStart(8, '0')).join('');
  const length = bits.indexOf('0') === -1 ? 32 : bits.indexOf('0');
  return bits.includes('1', length) ? null : length;
}

function damage(excerpt: string, field: string, line: number): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt, line });
}
