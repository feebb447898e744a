import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf, u32s, withAttributes } from '../../../test/makers/netlink-message.ts';
import { ParseError } from '../../model/errors.ts';
import { SOCKET_STATES } from '../../model/socket.ts';
import { decodeUnixDiag, unixDiagInode, unixDiagRequest } from './unix-diag.ts';

type Attributes = Parameters<typeof withAttributes>[1];
const bytes = (text: string) => Buffer.from(text, 'latin1');
const told = (head: readonly number[], attributes: Attributes = []) => {
  return withAttributes(Buffer.concat([Uint8Array.from(head), u32s(4711, 1, 2)]), attributes);
};
const decode = (payload: Uint8Array) => decodeUnixDiag(messageOf(payload), 4026531840n);
const STREAM = [1, 1, 1, 0];
const LISTENER = [1, 1, 10, 0];

describe('decodeUnixDiag()', () => {
  it('reads every field of one that listens', () => {
    const attributes: Attributes = [
      [0, bytes('/run/a\nb \xff\0')],
      [1, u32s(1, 2)],
      [3, u32s(4712, 0, 4713)],
      [4, u32s(2, 128)],
      [6, Uint8Array.of(0)],
      [7, u32s(1000)],
    ];
    expect(decode(told(LISTENER, attributes))).toEqual({
      netNamespace: 4026531840n,
      protocol: 'unix',
      family: 'unix',
      type: 'stream',
      state: 'LISTEN',
      inode: 4711n,
      local: null,
      peer: null,
      interfaceIndex: null,
      isV6Only: null,
      path: '/run/a\nb \xff',
      peerInode: null,
      waitingInodes: [4712n, 4713n],
      receiveQueue: 2,
      sendQueue: 128,
      uid: 1000,
      tcp: null,
    });
  });

  it('reads one that is connected, and what an older kernel leaves out', () => {
    expect(decode(told(STREAM, [[2, u32s(4714)]]))).toMatchObject({
      state: 'ESTAB',
      path: null,
      peerInode: 4714n,
      waitingInodes: null,
      receiveQueue: null,
      sendQueue: null,
      uid: null,
    });
    expect(decode(told(LISTENER)).waitingInodes).toEqual([]);
    expect(decode(told(STREAM, [[2, u32s(0)]])).peerInode).toBeNull();
  });

  it.each([
    ['an abstract name', '\0plumb', '@plumb'],
    ['an abstract name with zeros', '\0a\0b\0', '@a@b@'],
    ['a path that fills all there is', `/${'x'.repeat(107)}`, `/${'x'.repeat(107)}`],
    ['a path with a zero behind it', '/a\0', '/a'],
    ['no name', '', null],
  ])('reads %s', (_, name, path) => {
    expect(decode(told(STREAM, [[0, bytes(name)]])).path).toBe(path);
  });

  it.each([
    [2, 'dgram'],
    [5, 'seqpacket'],
  ])('knows type %d', (type, word) => {
    expect(decode(told([1, type, 7, 0]))).toMatchObject({ type: word, state: 'UNCONN' });
  });

  it.each([
    ['another family', told([2, 1, 1, 0])],
    ['a type that is none', told([1, 3, 1, 0])],
    ['a state that is none', told([1, 1, 13, 0])],
    ['a number that was cut', told(STREAM, [[2, Uint8Array.of(1, 2)]])],
    ['half of its queues', told(STREAM, [[4, u32s(1)]])],
    ['an attribute that leads outside', Buffer.concat([told(STREAM), Uint8Array.of(9, 0, 8, 0, 1, 0, 0, 0)])],
  ])('refuses %s', (_, payload) => {
    expect(() => decode(payload)).toThrow(ParseError);
  });

  it('gives a socket or a ParseError for any bytes', () => {
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc.uint8Array({ maxLength: 60 }).map((rest) => Buffer.concat([told(LISTENER), rest])),
    );
    fc.assert(
      fc.property(any, (payload) => {
        try {
          expect(unixDiagInode(messageOf(payload))).toBeGreaterThanOrEqual(0);
          expect(SOCKET_STATES).toContain(decode(payload).state);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
    );
  });
});

describe('unixDiagInode() and unixDiagRequest()', () => {
  it('reads what names a socket', () => {
    expect(unixDiagInode(messageOf(told(STREAM)))).toBe(4711);
  });

  it.each([
    ['a message of another kind', messageOf(told(STREAM), 16)],
    ['a message that was cut', messageOf(told(STREAM).subarray(0, 15))],
  ])('refuses %s', (_, message) => {
    expect(() => unixDiagInode(message)).toThrow(ParseError);
  });

  it('asks for all states', () => {
    expect([...unixDiagRequest().subarray(0, 8)]).toEqual([1, 0, 0, 0, 255, 255, 255, 255]);
  });
});
