/** What may go wrong on the way, with a kernel and files that are made up; real sockets are read in test/live. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { messageOf, u32s, withAttributes } from '../../test/makers/netlink-message.ts';
import { ParseError } from '../model/errors.ts';
import { type Outcome, value } from '../model/outcome.ts';
import { CoverageLog } from './coverage.ts';
import type { Netlink, NetlinkQuestion } from './native/netlink.ts';
import type { NetNamespace } from './net-namespaces.ts';
import type { NetlinkMessage } from './parse/netlink.ts';
import type { HeldProcess, Procfs } from './procfs.ts';
import { ALL_PROTOCOLS, readSockets } from './sockets.ts';

const ALL = { wants: null, withTcpInfo: false, protocols: ALL_PROTOCOLS };
const [AF_UNIX, AF_INET] = [1, 2];
const OWN: NetNamespace = { inode: 9n, isOwn: true, pids: [7], name: null, path: null, filesInode: null };
const TCP_HEADING = '  sl  local_address rem_address   st\n';
const UNIX_HEADING = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
const TCP_LINE =
  '   1: 0100007F:1F90 0200000A:9C40 01 00000007:00000005 01:00000014 00000000  1000        0 4712 2 00000000ffb34f3a\n';
const FILES = {
  tcp: TCP_HEADING,
  tcp6: TCP_HEADING,
  udp: TCP_HEADING,
  udp6: TCP_HEADING,
  unix: UNIX_HEADING,
};

/** A TCP connection over IPv4, as sock_diag tells it. */
function tcp(state: number, inode: number, cookie: number): Uint8Array {
  const fixed = new Uint8Array(72);
  fixed.set([AF_INET, state]);
  fixed.set(u32s(cookie, 0), 44);
  fixed.set(u32s(1, 2, 1000, inode), 56);
  return fixed;
}

/** A kernel that answers so, by family and protocol: `2 6` is TCP over IPv4; of the rest there is nothing. */
function kernelWith(answers: Readonly<Record<string, Outcome<readonly Uint8Array[]>>>): Netlink {
  return {
    open: () => {
      const ask = ({ payload }: NetlinkQuestion, each: (message: NetlinkMessage) => void): Outcome<null> => {
        const answer = answers[`${payload[0]} ${payload[1]}`] ?? value([]);
        if (answer.kind !== 'value') return answer;
        for (const bytes of answer.value) each(messageOf(bytes));
        return value(null);
      };
      return value({ ask, close: () => {} });
    },
  };
}

/** A process, alone in its network namespace, with these files below net/. */
function procfsWith(files: Readonly<Record<string, string | undefined>>, namespace = 9): Procfs {
  const held = {
    read: (name: string) => {
      const text = files[name.slice('net/'.length)];
      return text === undefined ? { kind: 'gone', errno: 'ENOENT' } : value(Buffer.from(text, 'latin1'));
    },
    readlink: () => value(`net:[${namespace}]`),
    fd: null,
    close: () => {},
  } satisfies Partial<HeldProcess>;
  const procfs = { selfPid: 7, readlink: () => value('7'), open: () => value(held) };
  // Nothing else is asked of it here.
  return procfs as unknown as Procfs;
}

function read(netlink: Netlink | null, files: Readonly<Record<string, string | undefined>> = {}, namespace = OWN) {
  const log = new CoverageLog();
  const procfs = procfsWith(files);
  const rows = readSockets({ procfs, netlink, log }, [namespace], ALL);
  return { rows, reasons: log.reasons(), damage: log.damage };
}

describe('readSockets()', () => {
  it('tells a connection once that came twice, from two states, as it was last', () => {
    const answers = { '2 6': value([tcp(1, 21, 5), tcp(1, 22, 6), tcp(6, 0, 5)]) };
    expect(read(kernelWith(answers)).rows.map(({ state, inode }) => [state, inode])).toEqual([
      ['TIME-WAIT', null],
      ['ESTAB', 22n],
    ]);
  });

  it('tells two subflows of one MPTCP socket, which share its inode', () => {
    expect(read(kernelWith({ '2 6': value([tcp(1, 21, 5), tcp(1, 21, 6)]) })).rows).toHaveLength(2);
  });

  it('tells a unix socket once that was bound while it was listed', () => {
    const told = (name: string) =>
      withAttributes(Buffer.concat([Uint8Array.of(AF_UNIX, 1, 7, 0), u32s(31, 0, 0)]), [[0, Buffer.from(name)]]);
    const { rows } = read(kernelWith({ '1 0': value([told(''), told('/run/a\0')]) }));
    expect(rows.map(({ inode, path }) => [inode, path])).toEqual([[31n, '/run/a']]);
  });

  it('reads as text the table that sock_diag does not offer, and only that', () => {
    const answers = { '2 6': { kind: 'gone', errno: 'ENOENT' } as const, '2 17': value([tcp(7, 41, 1)]) };
    const { rows, reasons } = read(kernelWith(answers), { ...FILES, tcp: TCP_HEADING + TCP_LINE });
    expect(rows.map(({ protocol, inode }) => [protocol, inode])).toEqual([
      ['tcp', 4712n],
      ['udp', 41n],
    ]);
    expect(reasons).toEqual([]);
  });

  it('says that it could not understand an answer, and reads the text', () => {
    const error = new ParseError({ source: 'struct inet_diag_msg', field: 'idiag_state', excerpt: '' });
    const { rows, reasons, damage } = read(kernelWith({ '2 6': { kind: 'malformed', error } }), {
      ...FILES,
      tcp: TCP_HEADING + TCP_LINE,
    });
    expect(rows).toMatchObject([{ inode: 4712n }]);
    expect(reasons).toMatchObject([{ code: 'malformed', count: 1 }]);
    expect(damage.join()).toMatch(/idiag_state/);
  });

  it('misses nothing where the kernel has no IPv6', () => {
    const { rows, reasons } = read(null, { ...FILES, tcp: TCP_HEADING + TCP_LINE, tcp6: undefined, udp6: undefined });
    expect(rows).toHaveLength(1);
    expect(reasons).toEqual([]);
  });

  it('keeps the tables that it can read where one is damaged, and says which is not', () => {
    const { rows, reasons, damage } = read(null, { ...FILES, tcp: TCP_HEADING + TCP_LINE, unix: 'x' });
    expect(rows).toHaveLength(1);
    expect(reasons).toMatchObject([{ code: 'malformed', count: 1 }]);
    expect(damage.join()).toMatch(/net\/unix line 1: cannot read the heading/);
  });

  it('asks the one process that is left of many', () => {
    const pids = Array.from({ length: 50 }, (_, index) => index + 1);
    const isAlive = (pid: number) => pid === 50;
    const procfs = procfsWith({ ...FILES, tcp: TCP_HEADING + TCP_LINE });
    const open = (pid: number) => (isAlive(pid) ? procfs.open(pid) : ({ kind: 'gone', errno: 'ENOENT' } as const));
    const log = new CoverageLog();
    const sources = { procfs: { ...procfs, open }, netlink: null, log };
    expect(readSockets(sources, [{ ...OWN, isOwn: false, pids }], ALL)).toMatchObject([{ inode: 4712n }]);
    expect(log.reasons()).toEqual([]);
  });

  it('lays no socket at the door of somebody whose inode a path has been made to name', () => {
    const lines = ['4711 /run/a\n', '4712 @forged\n'].map(
      (end) => `0000000000000000: 00000002 00000000 00010000 0001 01 ${end}`,
    );
    const { rows, damage } = read(null, {
      ...FILES,
      tcp: TCP_HEADING + TCP_LINE,
      unix: UNIX_HEADING + lines.join(''),
    });
    expect(rows.map(({ protocol, inode }) => [protocol, inode])).toEqual([
      ['tcp', 4712n],
      ['unix', 4711n],
    ]);
    expect(damage.join()).toMatch(/Inode 4712, which another socket has/);
  });

  it('says nothing of a namespace that has ended meanwhile', () => {
    const ended = { ...OWN, isOwn: false, inode: 10n };
    expect(read(null, FILES, ended)).toMatchObject({ rows: [], reasons: [] });
  });

  it.each([
    ['that may not be entered', { kind: 'denied', errno: 'EPERM' }],
    ['where nothing can be asked', { kind: 'unsupported', errno: 'EPROTONOSUPPORT' }],
  ] as const)('says so of a namespace without processes %s', (_, refused) => {
    const netlink: Netlink = { open: () => refused };
    const kept = {
      ...OWN,
      pids: [],
      isOwn: false,
      path: '/proc/self/ns/net',
      inode: fs.statSync('/proc/self/ns/net', { bigint: true }).ino,
    };
    const { rows, reasons } = read(netlink, FILES, kept);
    expect(rows).toEqual([]);
    expect(reasons).toMatchObject([{ code: 'net_namespace_unreadable', count: 1 }]);
  });
});
