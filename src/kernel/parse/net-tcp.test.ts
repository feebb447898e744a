import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import type { InetTable } from './inet-diag.ts';
import { AddressTexts } from './ip-address.ts';
import { parseNetTcp } from './net-tcp.ts';

const HEADING =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode      \n';
const HEADING6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const UDP_HEADING =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             \n';
const LISTENER =
  '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 4711 1 00000000e705470e 100 0 0 10 0                   \n';
const CONNECTION =
  '   1: 0100007F:1F90 0200000A:9C40 01 00000007:00000005 01:00000014 00000000  1000        0 4712 2 00000000ffb34f3a 20 4 30 10 -1                  \n';
const TIME_WAIT =
  '  13: 0100007F:EB00 0100007F:0FA1 06 00000000:00000000 03:000016A4 00000000     0        0 0 3 000000000de80132                                      \n';
const UDP =
  ' 1234: 0100007F:0035 00000000:0000 07 00000000:00000340 00:00000000 00000000   101        0 4713 2 0000000000000000 0          \n';
const LISTENER6 =
  '   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1 0000000012345678 100 0 0 10 0\n';
const MAPPED =
  '   1: 0000000000000000FFFF00000100007F:0016 B80D0120000000000000000001000000:9C40 01 00000000:00000000 02:0000A3C1 00000000     0        0 4715 2 0000000012345678 20 4 30 10 -1\n';

const TCP: InetTable = { protocol: 'tcp', family: 'ipv4' };
const TCP6: InetTable = { protocol: 'tcp', family: 'ipv6' };
const UDP4: InetTable = { protocol: 'udp', family: 'ipv4' };
const ask = { netNamespace: 4026531840n, texts: new AddressTexts(), wants: null };
const parse = (text: string, table = TCP, more = {}) =>
  parseNetTcp(Buffer.from(text, 'latin1'), table, { ...ask, ...more });

// The texts are of machines whose first byte is the lowest, as all are that plumbline runs on.
describe('parseNetTcp()', () => {
  it('reads every field of a connection', () => {
    expect(parse(HEADING + CONNECTION)).toEqual([
      {
        netNamespace: 4026531840n,
        protocol: 'tcp',
        family: 'ipv4',
        type: 'stream',
        state: 'ESTAB',
        inode: 4712n,
        local: { address: '127.0.0.1', port: 8080 },
        peer: { address: '10.0.0.2', port: 40000 },
        interfaceIndex: null,
        isV6Only: null,
        path: null,
        peerInode: null,
        waitingInodes: null,
        receiveQueue: 5,
        sendQueue: 7,
        uid: 1000,
        tcp: null,
      },
    ]);
  });

  it('tells of one that listens how many wait, and not its backlog, which is not there', () => {
    expect(parse(HEADING + LISTENER)).toMatchObject([
      { state: 'LISTEN', receiveQueue: 3, sendQueue: null, peer: null },
    ]);
  });

  it('knows neither an inode nor a user in TIME-WAIT', () => {
    expect(parse(HEADING + TIME_WAIT)).toMatchObject([{ state: 'TIME-WAIT', inode: null, uid: null }]);
  });

  it('reads IPv6, each four bytes in the order of the machine', () => {
    expect(parse(HEADING6 + LISTENER6 + MAPPED, TCP6)).toMatchObject([
      { family: 'ipv6', local: { address: '::', port: 22 }, peer: null },
      { local: { address: '::ffff:127.0.0.1', port: 22 }, peer: { address: '2001:db8::1', port: 40000 } },
    ]);
  });

  it('reads UDP, where a socket without a peer is not connected', () => {
    expect(parse(UDP_HEADING + UDP, UDP4)).toMatchObject([
      {
        protocol: 'udp',
        type: 'dgram',
        state: 'UNCONN',
        local: { port: 53 },
        peer: null,
        receiveQueue: 832,
        inode: 4713n,
      },
    ]);
  });

  it('reads an empty table, as that of a new network namespace', () => {
    expect(parse(HEADING)).toEqual([]);
  });

  it('reads tables of more than 64 KiB', () => {
    const line = (index: number) => CONNECTION.replace('9C40', index.toString(16).toUpperCase().padStart(4, '0'));
    expect(parse(HEADING + Array.from({ length: 2000 }, (_, index) => line(index + 1)).join(''))).toHaveLength(2000);
  });

  it('passes over what nobody wants, also where its state is none', () => {
    const odd = LISTENER.replace(' 0A ', ' FF ');
    const wants = (inode: number) => inode === 4712;
    expect(parse(HEADING + odd + CONNECTION + TIME_WAIT, TCP, { wants })).toMatchObject([{ inode: 4712n }]);
  });

  it('takes the later word of a connection that stands there twice, and two that share an address for two', () => {
    const closing = CONNECTION.replace(' 01 ', ' 08 ');
    expect(parse(HEADING + CONNECTION + closing)).toMatchObject([{ state: 'CLOSE-WAIT' }]);
    expect(parse(UDP_HEADING + UDP + UDP, UDP4)).toHaveLength(2);
    expect(parse(HEADING + LISTENER + LISTENER.replace('4711', '4799'))).toHaveLength(2);
  });

  it.each([
    ['nothing', ''],
    ['no heading', CONNECTION],
    ['a heading alone, without its end', HEADING.trimEnd()],
    ['a line that is none', `${HEADING}x\n`],
    ['a line that was cut', (HEADING + CONNECTION).slice(0, -40)],
    ['the last line without its end', (HEADING + CONNECTION).slice(0, -1)],
    ['an empty line', `${HEADING}\n`],
    ['a state that is none', HEADING + CONNECTION.replace(' 01 ', ' 0C ')],
    ['an address of IPv6 in the table of IPv4', HEADING + LISTENER6],
    ['an inode of more than a number holds', HEADING + CONNECTION.replace(' 4712 ', ' 12345678901234567890 ')],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text)).toThrow(ParseError);
  });

  it('gives rows or a ParseError for any table that is damaged', () => {
    const good = HEADING + LISTENER + CONNECTION + TIME_WAIT;
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const damaged = Buffer.from(good, 'latin1');
        damaged[at] = byte;
        expectOrParseError(() => parseNetTcp(damaged, TCP, ask));
        expectOrParseError(() => parseNetTcp(damaged.subarray(0, length), TCP, ask));
      }),
    );
  });

  it('gives rows or a ParseError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectOrParseError(() => parseNetTcp(Buffer.concat([Buffer.from(HEADING), bytes]), TCP, ask));
      }),
    );
  });
});

function expectOrParseError(parseAny: () => unknown): void {
  try {
    parseAny();
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
  }
}
