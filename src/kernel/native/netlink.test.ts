/** What an answer can come as, from a kernel that is made up; the real one is asked in test/live. */
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { type Outcome, value } from '../../model/outcome.ts';
import { netlinkRequest } from '../parse/netlink.ts';
import { dumpWhole, type NetlinkSocket, netlinkThrough } from './netlink.ts';
import type { NetlinkCalls } from './netlink-calls.ts';

const [DONE, ERROR, TORN] = [3, 2, 0x10];
const LIST = { type: 20, flags: 0x300, payload: new Uint8Array() };
const ONE = { ...LIST, flags: 0 };

/** One recv(2): messages, or what the call gives instead. */
type Received =
  | readonly {
      readonly type: number;
      readonly flags?: number;
      readonly payload?: readonly number[];
      readonly late?: true;
    }[]
  | Uint8Array
  | Outcome<never>;

/** A socket to a kernel that gives these answers, one for each question. */
function socketTo(...answers: readonly (readonly Received[])[]): NetlinkSocket {
  let asked = 0;
  let waiting: Received[] = [];
  const calls: NetlinkCalls = {
    socket: () => value(fs.openSync('/dev/null', 'r')),
    setns: () => value(null),
    send: () => {
      waiting = [...waiting, ...(answers[asked++] ?? [])];
      return value(null);
    },
    receive: () => {
      const next = waiting.shift();
      if (next === undefined) return { kind: 'timeout', afterMs: 1 };
      if ('kind' in next) return next;
      if (next instanceof Uint8Array) return value(next);
      const parts = next.map(({ type, flags = 0, payload = [], late }) => {
        return Buffer.from(
          netlinkRequest({ type, flags, sequence: late ? asked - 1 : asked }, Uint8Array.from(payload)),
        );
      });
      return value(Buffer.concat(parts));
    },
  };
  const opened = netlinkThrough(calls).open(0, null);
  if (opened.kind !== 'value') throw new Error(opened.kind);
  onTestFinished(() => opened.value.close());
  return opened.value;
}

const row = (number: number) => ({ type: 20, payload: [number, 0, 0, 0] });
const done = { type: DONE, payload: [0, 0, 0, 0] };
const failed = (code: number) => ({ type: ERROR, payload: [256 - code, 255, 255, 255] });
const ENOBUFS: Outcome<never> = { kind: 'unsupported', errno: 'ENOBUFS' };

function heard(socket: NetlinkSocket, question = LIST): [Outcome<null>, number[]] {
  const rows: number[] = [];
  return [socket.ask(question, ({ payload }) => rows.push(payload[0] ?? -1)), rows];
}

describe('a netlink socket', () => {
  it('hears a list to its end, in however many pieces it comes', () => {
    expect(heard(socketTo([[row(1), row(2)], [row(3)], [done]]))).toEqual([value(null), [1, 2, 3]]);
  });

  it('hears one answer where one was asked for', () => {
    expect(heard(socketTo([[row(1)]]), ONE)).toEqual([value(null), [1]]);
  });

  it('takes no answer to an earlier question for its own', () => {
    const socket = socketTo([[row(1)]], [[{ ...row(9), late: true }], [row(2), done]]);
    heard(socket, ONE);
    expect(heard(socket)).toEqual([value(null), [2]]);
  });

  it.each([
    ['that there is none', 2, { kind: 'gone', errno: 'ENOENT' }],
    ['that it may not', 1, { kind: 'denied', errno: 'EPERM' }],
    ['that it cannot', 95, { kind: 'unsupported', errno: 'ENOTSUP' }],
  ])('tells %s, and can be asked again', (_, code, expected) => {
    const socket = socketTo([[failed(code)]], [[row(1), done]]);
    expect(heard(socket)[0]).toEqual(expected);
    expect(heard(socket)).toEqual([value(null), [1]]);
  });

  it('tells that a list has failed at its end', () => {
    expect(heard(socketTo([[row(1)], [{ type: DONE, payload: [254, 255, 255, 255] }]]))[0]).toMatchObject({
      errno: 'ENOENT',
    });
  });

  it.each([
    ['a row', [{ ...row(1), flags: TORN }, done]],
    ['the end', [row(1), { ...done, flags: TORN }]],
  ])('says that a list was torn where %s says so', (_, messages) => {
    expect(heard(socketTo([messages]))[0]).toEqual({ kind: 'unsupported', errno: 'EINTR' });
  });

  it('says that some of a list was lost, after its end', () => {
    const socket = socketTo([[row(1)], ENOBUFS, [row(3), done]], [[row(4), done]]);
    expect(heard(socket)).toEqual([ENOBUFS, [1, 3]]);
    expect(heard(socket)).toEqual([value(null), [4]]);
  });

  it('ends where everything is lost', () => {
    expect(heard(socketTo(Array(50).fill(ENOBUFS)))[0]).toEqual(ENOBUFS);
  });

  it('makes damage of what its listener could not read, and can be asked again', () => {
    const socket = socketTo([[row(1), row(2)], [done]], [[row(3), done]]);
    const error = new ParseError({ source: 'a test', field: 'it', excerpt: '' });
    const answer = socket.ask(LIST, () => {
      throw error;
    });
    expect(answer).toEqual({ kind: 'malformed', error });
    expect(heard(socket)).toEqual([value(null), [3]]);
  });

  it('throws on what its listener throws, and can be asked again', () => {
    const socket = socketTo([[row(1)], [row(2), done]], [[row(3), done]]);
    expect(() =>
      socket.ask(LIST, () => {
        throw new RangeError('mine');
      }),
    ).toThrow(RangeError);
    expect(heard(socket)).toEqual([value(null), [3]]);
  });

  it.each<[string, Received, object]>([
    ['is damaged', Uint8Array.from([1, 2, 3]), { kind: 'malformed' }],
    ['did not fit', { kind: 'unsupported', errno: 'EMSGSIZE' }, { kind: 'unsupported', errno: 'EMSGSIZE' }],
    ['did not come', { kind: 'timeout', afterMs: 5000 }, { kind: 'timeout' }],
  ])('is not asked again where an answer %s: what comes next would be its rest', (_, received, expected) => {
    const socket = socketTo([[row(1)], received, [row(2), done]], [[row(3), done]]);
    expect(heard(socket)).toMatchObject([expected, [1]]);
    expect(heard(socket)).toEqual([{ kind: 'unsupported', errno: 'EPIPE' }, []]);
  });
});

describe('dumpWhole()', () => {
  const read = (socket: NetlinkSocket) =>
    dumpWhole<number>(socket, LIST, ({ payload }, rows) => rows.push(payload[0] ?? -1));
  const torn = [[row(1), { ...done, flags: TORN }]];

  it('asks again for a list that has changed meanwhile, and begins anew', () => {
    expect(read(socketTo(torn, [ENOBUFS, [row(2), done]], [[row(3), done]]))).toEqual(value([3]));
  });

  it('says so where it changed each time', () => {
    expect(read(socketTo(...Array(20).fill(torn)))).toEqual({ kind: 'unsupported', errno: 'EINTR' });
  });
});

describe('a netlink socket in another namespace', () => {
  const open = (calls: Partial<NetlinkCalls>) => {
    const entered: string[] = [];
    const all: NetlinkCalls = {
      socket: () => value(fs.openSync('/dev/null', 'r')),
      setns: (fd) => {
        entered.push(fs.readlinkSync(`/proc/self/fd/${fd}`));
        return value(null);
      },
      send: () => value(null),
      receive: () => ({ kind: 'timeout', afterMs: 1 }),
      ...calls,
    };
    const fd = fs.openSync('/dev/null', 'r');
    onTestFinished(() => fs.closeSync(fd));
    const opened = netlinkThrough(all).open(0, fd);
    if (opened.kind === 'value') opened.value.close();
    return { entered, opened };
  };
  const own = fs.readlinkSync('/proc/self/ns/net');

  it('is opened there, and then we are back', () => {
    expect(open({}).entered).toEqual(['/dev/null', own]);
  });

  it('leaves us back where it could not be opened', () => {
    const { entered, opened } = open({ socket: () => ({ kind: 'denied', errno: 'EACCES' }) });
    expect([entered, opened.kind]).toEqual([['/dev/null', own], 'denied']);
  });

  it('is not opened where we may not go', () => {
    expect(open({ setns: () => ({ kind: 'denied', errno: 'EPERM' }) }).opened).toEqual({
      kind: 'denied',
      errno: 'EPERM',
    });
  });

  it('tries again to come back where memory lacked, and does not go on elsewhere', () => {
    let calls = 0;
    const lacking = (until: number) => (): Outcome<null> => {
      calls++;
      return calls > 1 && calls < until ? { kind: 'unsupported', errno: 'ENOMEM' } : value(null);
    };
    expect(open({ setns: lacking(10) }).opened.kind).toBe('value');
    calls = 0;
    expect(() => open({ setns: lacking(10_000) })).toThrow(/cannot come back/);
  });
});
