import { describe, expect, it } from 'vitest';
import type { Netlink } from './native/netlink.ts';
import type { NetNamespace } from './net-namespaces.ts';
import { readRoutes } from './routes.ts';
import { replayMachine } from './scene/replay.ts';
import { emptyScene } from './scene/scene.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const HEADING = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const LINE = 'd0\t0000020A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n';
const SHARED = ['Main:', 'Local:']
  .map((name) => {
    const leaf = '  |-- 10.2.0.0\n     /24 host LOCAL\n     /24 link UNICAST\n';
    return `${name}\n${leaf}  |-- 10.2.0.2\n     /32 host LOCAL\n  |-- 10.2.0.255\n     /32 link BROADCAST\n`;
  })
  .join('');
const OWN = 'Main:\n  |-- 10.2.0.0\n     /24 link UNICAST\nLocal:\n  |-- 10.2.0.2\n     /32 host LOCAL\n';

const THERE: NetNamespace = { inode: 9n, isOwn: false, pids: [50], name: null, path: null, filesInode: null };

interface Said {
  readonly trie?: string;
  readonly main?: string;
  /** Null where this kernel has no IPv6. */
  readonly ipv6?: string | null;
}

function read({ trie = OWN, main = HEADING + LINE, ipv6 = '' }: Said, netlink: Netlink | null = null) {
  const scene = emptyScene(new Date(0), 1);
  scene.pids = [50];
  scene.links.set('proc/50/ns/net', 'net:[9]');
  scene.files.set('proc/50/net/fib_trie', bytes(trie));
  scene.files.set('proc/50/net/route', bytes(main));
  if (ipv6 === null) scene.missing.set('read proc/50/net/ipv6_route', 'ENOENT');
  else scene.files.set('proc/50/net/ipv6_route', bytes(ipv6));
  return readRoutes(replayMachine(scene).procfs, THERE, netlink);
}

function told(said: Said) {
  const found = read(said);
  if (found.kind !== 'value') throw new Error(found.kind);
  expect(found.value.rules).toBeNull();
  return found.value.routes.map(({ destination, table, type, interface: name }) => [destination, table, type, name]);
}

describe('readRoutes() of a recorded machine', () => {
  it('tells main and local apart, each with a trie of its own', () => {
    expect(told({ ipv6: null })).toEqual([
      ['10.2.0.2/32', 255, 'local', null],
      ['10.2.0.0/24', 254, 'unicast', 'd0'],
    ]);
  });

  it('tells main and local apart where they share one trie, and of a broadcast that it does not know', () => {
    expect(told({ trie: SHARED })).toEqual([
      ['10.2.0.0/24', 255, 'local', null],
      ['10.2.0.0/24', 254, 'unicast', 'd0'],
      ['10.2.0.2/32', 255, 'local', null],
      ['10.2.0.255/32', null, 'broadcast', null],
    ]);
  });

  it('says so where the files do not fit each other', () => {
    const changed = { kind: 'unsupported', errno: 'EAGAIN' };
    expect(read({ main: HEADING })).toEqual(changed);
    expect(read({ main: HEADING + LINE + LINE })).toEqual(changed);
    expect(read({ main: HEADING + LINE.replace('0000020A', '0000030A') })).toEqual(changed);
    expect(read({ trie: SHARED, main: HEADING + LINE.repeat(3) })).toEqual(changed);
  });

  it('says so where a file cannot be understood', () => {
    expect(read({ trie: 'x\n' })).toMatchObject({ kind: 'malformed' });
    expect(read({ main: '' })).toMatchObject({ kind: 'malformed' });
    expect(read({ ipv6: 'x\n' })).toMatchObject({ kind: 'malformed' });
  });

  it('says that a namespace has ended where nobody lives in it any more', () => {
    const { procfs } = replayMachine(emptyScene(new Date(0), 1));
    expect(readRoutes(procfs, THERE, null)).toMatchObject({ kind: 'gone' });
  });
});
