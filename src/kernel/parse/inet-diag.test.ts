import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf, withAttributes } from '../../../test/makers/netlink-message.ts';
import { ParseError } from '../../model/errors.ts';
import { SOCKET_STATES } from '../../model/socket.ts';
import { decodeInetDiag, type InetTable, inetDiagCookie, inetDiagInode, inetDiagRequest } from './inet-diag.ts';
import { AddressTexts } from './ip-address.ts';

const TCP: InetTable = { protocol: 'tcp', family: 'ipv4' };
const TCP6: InetTable = { protocol: 'tcp', family: 'ipv6' };
const about = { netNamespace: 4026531840n, texts: new AddressTexts() };

interface Told {
  family?: number;
  state?: number;
  localPort?: number;
  peerPort?: number;
  local?: readonly number[];
  peer?: readonly number[];
  numbers?: { interface?: number; cookie?: bigint; received?: number; sent?: number; uid?: number; inode?: number };
}

/** struct inet_diag_msg, in the byte order of the machine that the tests run on, with attributes behind it. */
function told(it: Told, attributes: readonly (readonly [number, Uint8Array])[] = []): Uint8Array {
  const fixed = new DataView(new ArrayBuffer(72));
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  fixed.setUint8(0, it.family ?? 2);
  fixed.setUint8(1, it.state ?? 1);
  fixed.setUint16(4, it.localPort ?? 80);
  fixed.setUint16(6, it.peerPort ?? 40000);
  for (const [index, byte] of (it.local ?? [127, 0, 0, 1]).entries()) fixed.setUint8(8 + index, byte);
  for (const [index, byte] of (it.peer ?? [10, 0, 0, 2]).entries()) fixed.setUint8(24 + index, byte);
  const { interface: on = 0, cookie = 0n, received = 0, sent = 0, uid = 0, inode = 0 } = it.numbers ?? {};
  fixed.setUint32(40, on, little);
  fixed.setBigUint64(44, cookie, little);
  for (const [index, number] of [received, sent, uid, inode].entries()) fixed.setUint32(56 + index * 4, number, little);
  return withAttributes(new Uint8Array(fixed.buffer), attributes);
}

const decode = (payload: Uint8Array, table = TCP) => decodeInetDiag(messageOf(payload), table, about);

describe('decodeInetDiag()', () => {
  it('reads every field of a connection', () => {
    const numbers = { interface: 3, received: 5, sent: 7, uid: 1000, inode: 4294967295 };
    expect(decode(told({ numbers }))).toEqual({
      netNamespace: 4026531840n,
      protocol: 'tcp',
      family: 'ipv4',
      type: 'stream',
      state: 'ESTAB',
      inode: 4294967295n,
      local: { address: '127.0.0.1', port: 80 },
      peer: { address: '10.0.0.2', port: 40000 },
      interfaceIndex: 3,
      isV6Only: null,
      path: null,
      peerInode: null,
      waitingInodes: null,
      receiveQueue: 5,
      sendQueue: 7,
      uid: 1000,
      tcp: null,
    });
  });

  it('knows nobody at the other end of one that listens, and no user of one that nobody has', () => {
    const any = Array(16).fill(0);
    const listener = told({ family: 10, state: 10, local: any, peer: any, peerPort: 0 }, [[11, Uint8Array.of(1)]]);
    expect(decode(listener, TCP6)).toMatchObject({
      state: 'LISTEN',
      local: { address: '::' },
      peer: null,
      isV6Only: true,
    });
    expect(decode(told({ state: 6, numbers: { uid: 0 } }))).toMatchObject({
      state: 'TIME-WAIT',
      inode: null,
      uid: null,
    });
    expect(decode(told({ peerPort: 0 }))).toMatchObject({ peer: { address: '10.0.0.2', port: 0 } });
  });

  it.each([
    ['as long as this kernel has it', 248, { bytesSent: 200n, bytesAcked: 120n, bytesReceived: 128n }],
    ['of Linux 4.1', 136, { bytesSent: null, bytesAcked: 120n, bytesReceived: 128n }],
    ['of Linux 3.3', 104, { bytesSent: null, bytesAcked: null, bytesReceived: null }],
  ])('reads struct tcp_info %s', (_, length, bytes) => {
    const { tcp } = decode(
      told({}, [
        [8, Uint8Array.of(0)],
        [2, tcpInfo(length)],
      ]),
    );
    expect(tcp).toEqual({ ...bytes, lastDataSentMs: 44, lastDataReceivedMs: 52, rttUs: 68 });
  });

  it('says of one that nothing went over that nothing did, where the kernel counts from its beginning', () => {
    const { tcp } = decode(told({}, [[2, tcpInfo(248).fill(0, 128, 136).fill(0, 200, 208)]]));
    expect(tcp).toMatchObject({ bytesSent: 0n, bytesReceived: 0n, lastDataSentMs: null, lastDataReceivedMs: null });
  });

  it('tells nothing of struct tcp_info of one that listens', () => {
    expect(decode(told({ state: 10 }, [[2, tcpInfo(248)]])).tcp).toBeNull();
  });

  it.each([
    ['a state that is none', told({ state: 13 })],
    ['state 0', told({ state: 0 })],
    ['another family', told({ family: 10 })],
    ['an attribute that leads outside', Buffer.concat([told({}), Uint8Array.of(9, 0, 8, 0, 1, 0, 0, 0)])],
    ['an attribute without its header', Buffer.concat([told({}), Uint8Array.of(3, 0, 8, 0)])],
  ])('refuses %s', (_, payload) => {
    expect(() => decode(payload)).toThrow(ParseError);
  });

  it('gives a socket or a ParseError for any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(71), fc.nat(255), fc.uint8Array({ maxLength: 60 })).map(([at, byte, rest]) => {
        const payload = Buffer.concat([told({}), rest]);
        payload[at] = byte;
        return payload;
      }),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(TCP, TCP6), (payload, table) => {
        try {
          const message = messageOf(payload);
          expect(inetDiagInode(message)).toBeGreaterThanOrEqual(0);
          expect(SOCKET_STATES).toContain(decodeInetDiag(message, table, about).state);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
    );
  });
});

describe('inetDiagInode() and inetDiagCookie()', () => {
  it('read what names a socket', () => {
    const message = messageOf(told({ numbers: { inode: 4711, cookie: 0x1_0000_0002n } }));
    expect([inetDiagInode(message), inetDiagCookie(message)]).toEqual([4711, 0x1_0000_0002]);
  });

  it.each([
    ['a message of another kind', messageOf(told({}), 16)],
    ['a message that was cut', messageOf(told({}).subarray(0, 71))],
  ])('refuse %s', (_, message) => {
    expect(() => inetDiagInode(message)).toThrow(ParseError);
  });
});

describe('inetDiagRequest()', () => {
  it('asks for one family and protocol, in all states, and for more only where it is wanted', () => {
    expect([...inetDiagRequest({ protocol: 'udp', family: 'ipv6' }, false).subarray(0, 3)]).toEqual([10, 17, 0]);
    expect([...inetDiagRequest(TCP, true).subarray(0, 3)]).toEqual([2, 6, 2]);
    expect(inetDiagRequest(TCP, true)).toHaveLength(56);
  });
});

/** Each number is its own place. */
function tcpInfo(length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(length));
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  for (let at = 8; at < 104; at += 4) view.setUint32(at, at, little);
  for (const at of [120, 128, 200]) if (at + 8 <= length) view.setBigUint64(at, BigInt(at), little);
  return new Uint8Array(view.buffer);
}
