/** The same sockets by sock_diag(7), from the text files, and from ss(8), in a network namespace of the test's own. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CoverageLog } from '../../src/kernel/coverage.ts';
import { loadNetlink, type Netlink } from '../../src/kernel/native/netlink.ts';
import { findNetNamespaces } from '../../src/kernel/net-namespaces.ts';
import { liveProcfs } from '../../src/kernel/procfs-live.ts';
import { ALL_PROTOCOLS, readSockets, type SocketAsk } from '../../src/kernel/sockets.ts';
import type { Socket } from '../../src/model/socket.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { printedInNamespaceOf, startSockets } from '../makers/sockets.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const procfs = liveProcfs();
const ALL: SocketAsk = { wants: null, withTcpInfo: false, protocols: ALL_PROTOCOLS };
/** What the text files do not tell. */
const NOT_IN_TEXT = { interfaceIndex: null, isV6Only: null, peerInode: null, waitingInodes: null } as const;

describe('readSockets()', () => {
  requires('cc', 'root', 'ip', 'network namespaces');
  let netlink: Netlink;
  beforeAll(async () => {
    netlink = await loadNetlink();
  });

  async function makeMix() {
    const pid = await startSockets('socket-mix', makeScratch());
    const log = new CoverageLog();
    const namespaces = findNetNamespaces(procfs, [pid], log).filter(({ isOwn }) => !isOwn);
    const read = (by: 'sock_diag' | 'text', ask: Partial<SocketAsk> = {}) => {
      return readSockets({ procfs, netlink: by === 'text' ? null : netlink, log }, namespaces, { ...ALL, ...ask });
    };
    // A connection that is closed at one end goes through a state of its own until the other one has heard of it.
    await waitFor('the sockets at rest', () => String(kindsOf(read('sock_diag'))) === String(MIX));
    return { pid, log, read };
  }

  it('tells the same by sock_diag as from the text files, field by field', async () => {
    const { read, log } = await makeMix();
    const [told, text] = [read('sock_diag'), read('text')];
    expect(sorted(text)).toEqual(sorted(told.map(asInText)));
    expect(log.reasons()).toEqual([]);
    expect(kindsOf(told)).toEqual(MIX);
  });

  it('tells what ss tells', async () => {
    const { pid, read } = await makeMix();
    const told = read('sock_diag').map(asSsWrites).sort();
    const lines = parseSs(printedInNamespaceOf(pid, 'ss', '-H', '-O', '-n', '-e', '-a', '-t', '-u', '-x')).sort();
    expect(told).toEqual(lines);
  });

  it('tells of a unix socket who its other end is, and who waits at one that listens', async () => {
    const { read } = await makeMix();
    const sockets = read('sock_diag', { protocols: new Set(['unix']) });
    const listener = sockets.find(({ path, state }) => path === 'listener' && state === 'LISTEN');
    expect(listener).toMatchObject({ receiveQueue: 2, sendQueue: 9, uid: 0, peerInode: null });
    const waiting = sockets.filter(({ inode }) => inode !== null && listener?.waitingInodes?.includes(inode));
    expect(waiting.map(({ state, type }) => [state, type])).toEqual(Array(2).fill(['ESTAB', 'stream']));
    const reader = sockets.find(({ receiveQueue, state }) => receiveQueue === 5 && state === 'ESTAB');
    expect(sockets.find(({ inode }) => inode === reader?.peerInode)?.peerInode).toBe(reader?.inode);
    expect(sockets.map(({ path }) => path)).toContain('two\nlines \xff');
    expect(sockets.map(({ path }) => path)).toContain('@plumb@mix');
  });

  it('reads only what is wanted, and struct tcp_info where it is asked for', async () => {
    const { read } = await makeMix();
    const all = read('sock_diag');
    expect(all.every(({ tcp }) => tcp === null)).toBe(true);
    const reader = all.find(({ protocol, receiveQueue }) => protocol === 'tcp' && receiveQueue === 5);
    const wants = (inode: number) => BigInt(inode) === reader?.inode;
    for (const by of ['sock_diag', 'text'] as const) expect(read(by, { wants })).toHaveLength(1);
    const [{ tcp } = {}] = read('sock_diag', { wants, withTcpInfo: true });
    expect(tcp).toMatchObject({ bytesReceived: 5n, bytesSent: 3n, bytesAcked: 3n });
    for (const number of [tcp?.lastDataReceivedMs, tcp?.lastDataSentMs, tcp?.rttUs]) {
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(60_000);
    }
    const info = read('sock_diag', { withTcpInfo: true, protocols: new Set(['tcp']) });
    for (const { tcp: known, state } of info) {
      expect(known === null).toBe(['LISTEN', 'TIME-WAIT', 'SYN-RECV'].includes(state));
    }
    const silent = info.find(({ state }) => state === 'SYN-SENT');
    expect(silent?.tcp).toMatchObject({ bytesReceived: 0n, lastDataReceivedMs: null });
  });

  it('reads tables of more than 64 KiB whole', async () => {
    const pid = await startSockets('many-sockets', '10', '100');
    const namespaces = findNetNamespaces(procfs, [pid], new CoverageLog()).filter(({ isOwn }) => !isOwn);
    for (const by of [netlink, null]) {
      const rows = readSockets({ procfs, netlink: by, log: new CoverageLog() }, namespaces, ALL);
      expect(rows).toHaveLength(10 + 2 * 10 * 100);
      expect(new Set(rows.map(({ inode }) => inode)).size).toBe(rows.length);
    }
  });
});

const MIX = [
  'tcp ipv4 ESTAB',
  'tcp ipv4 LISTEN',
  'tcp ipv4 SYN-RECV',
  'tcp ipv4 SYN-SENT',
  'tcp ipv4 TIME-WAIT',
  'tcp ipv6 CLOSE-WAIT',
  'tcp ipv6 ESTAB',
  'tcp ipv6 FIN-WAIT-2',
  'tcp ipv6 LISTEN',
  'udp ipv4 ESTAB',
  'udp ipv4 UNCONN',
  'udp ipv6 ESTAB',
  'udp ipv6 UNCONN',
  'unix unix ESTAB',
  'unix unix LISTEN',
  'unix unix UNCONN',
];

/** A row of sock_diag, without what the text files do not have. */
function asInText(row: Socket): Socket {
  if (row.protocol === 'unix') return { ...row, ...NOT_IN_TEXT, receiveQueue: null, sendQueue: null, uid: null };
  return { ...row, ...NOT_IN_TEXT, sendQueue: row.state === 'LISTEN' ? null : row.sendQueue };
}

function kindsOf(sockets: readonly Socket[]): string[] {
  return [...new Set(sockets.map(({ protocol, family, state }) => `${protocol} ${family} ${state}`))].sort();
}

function sorted(rows: readonly Socket[]): Socket[] {
  const key = ({ protocol, inode, local, peer }: Socket) => [protocol, inode, local?.port, peer?.port].join(' ');
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** `netid state received sent local peer inode uid`: of ss -e, what names the socket. */
function asSsWrites(row: Socket): string {
  const queues = `${row.receiveQueue} ${row.sendQueue}`;
  if (row.protocol === 'unix') {
    const netid = { stream: 'u_str', dgram: 'u_dgr', seqpacket: 'u_seq' }[row.type];
    return `${netid} ${row.state} ${queues} ${row.path ?? '*'} ${row.inode} * ${row.peerInode ?? 0}`;
  }
  const on = row.interfaceIndex === 1 ? '%lo' : '';
  const any = row.family === 'ipv4' ? '0.0.0.0' : row.isV6Only === false && row.local?.address === '::' ? '*' : '[::]';
  const end = ({ address, port }: { address: string; port: number }, device = '') => {
    const isAny = address === '::' || address === '0.0.0.0';
    return `${isAny ? any : address.includes(':') ? `[${address}]` : address}${device}:${port === 0 ? '*' : port}`;
  };
  const local = row.local === null ? '' : end(row.local, on);
  const v6only = row.isV6Only === null ? '' : ` v6only:${Number(row.isV6Only)}`;
  return `${row.protocol} ${row.state} ${queues} ${local} ${row.peer ? end(row.peer) : `${any}:*`} ino:${row.inode ?? 0}${v6only}`;
}

/** Root's uid is not written, and of the rest only what a row has. */
function parseSs(text: string): string[] {
  const inet = [
    ...text.matchAll(/^(tcp|udp) +(\S+) +(\d+) +(\d+) +(\S+) +(\S+) .*?(ino:\d+) .*?( v6only:\d)?[^\n]*$/gm),
  ];
  const unix = [...text.matchAll(/^(u_\w+) +([A-Z]+) +(\d+) +(\d+) +(.*?) (\d+) +\* (\d+) +[<-]/gms)];
  return [
    ...inet.map(([line, ...fields]) => `${fields.slice(0, 7).join(' ')}${/ v6only:\d/.exec(line)?.[0] ?? ''}`),
    ...unix.map(([, ...fields]) => `${fields.slice(0, 6).join(' ')} * ${fields[6]}`),
  ];
}
