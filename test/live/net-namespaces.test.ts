import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CoverageLog } from '../../src/kernel/coverage.ts';
import { loadNetlink } from '../../src/kernel/native/netlink.ts';
import { findNetNamespaces, labelOf, withNetNamespace, withProcessIn } from '../../src/kernel/net-namespaces.ts';
import { liveProcfs } from '../../src/kernel/procfs-live.ts';
import { ALL_PROTOCOLS, readSockets } from '../../src/kernel/sockets.ts';
import { value } from '../../src/model/outcome.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { asUser } from '../makers/namespaces.ts';
import { bundleWithKoffi, output } from '../makers/observe-elsewhere.ts';
import { allPids } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { startSockets } from '../makers/sockets.ts';

leavesNothingBehind();

const procfs = liveProcfs();
const inodeOf = (path: string) => BigInt(/\[(\d+)\]/.exec(fs.readlinkSync(path))?.[1] ?? 0);
const OWN = inodeOf('/proc/self/ns/net');
const ALL = { wants: null, withTcpInfo: false, protocols: ALL_PROTOCOLS };

/** `ip netns add`, until the test has finished. */
function addNamed(): { name: string; path: string; inode: bigint } {
  const name = `plumb-test-${globalThis.process.pid}`;
  execFileSync('ip', ['netns', 'add', name]);
  onTestFinished(() => void execFileSync('ip', ['netns', 'del', name]));
  const path = `/run/netns/${name}`;
  return { name, path, inode: fs.statSync(path, { bigint: true }).ino };
}

describe('findNetNamespaces()', () => {
  requires('cc', 'root', 'ip', 'setpriv', 'network namespaces');

  it('finds each once: our own, that of a process, and one that only a mount keeps', async () => {
    const pid = await startSockets('many-sockets', '2', '1');
    const named = addNamed();
    const log = new CoverageLog();
    const found = findNetNamespaces(procfs, allPids(), log);
    expect(found[0]).toMatchObject({ inode: OWN, isOwn: true });
    expect(found[0]?.pids).toContain(globalThis.process.pid);
    const other = found.filter(({ inode }) => inode === inodeOf(`/proc/${pid}/ns/net`));
    expect(other).toMatchObject([{ isOwn: false, name: null, path: null }]);
    // The maker and its two children.
    expect(other[0]?.pids).toHaveLength(3);
    const { name, path, inode } = named;
    const kept = found.filter((it) => it.inode === inode);
    expect(kept).toEqual([{ inode, name, path, pids: [], isOwn: false, filesInode: null }]);
    expect(kept.map(labelOf)).toEqual([name]);
    expect(log.reasons()).toEqual([]);
  });

  it('gives the way into each, and back', async () => {
    const pid = await startSockets('socket-mix', makeScratch());
    const named = addNamed();
    const all = findNetNamespaces(procfs, [globalThis.process.pid, pid], new CoverageLog());
    const ours = all.filter(({ isOwn, pids, name }) => isOwn || pids.length > 0 || name === named.name);
    const entered = ours.map((namespace) => {
      return withNetNamespace(procfs, namespace, (fd) => value(fd && fs.fstatSync(fd, { bigint: true }).ino));
    });
    expect(entered).toEqual([null, inodeOf(`/proc/${pid}/ns/net`), named.inode].map(value));
    const netlink = await loadNetlink();
    const kept = all.find(({ name }) => name === named.name);
    if (kept === undefined) throw new Error('not found');
    const log = new CoverageLog();
    expect(readSockets({ procfs, netlink, log }, [kept], ALL)).toEqual([]);
    expect(log.reasons()).toEqual([]);
    expect(inodeOf('/proc/thread-self/ns/net')).toBe(OWN);
    // Nobody lives there whose text could be read.
    readSockets({ procfs, netlink: null, log }, [kept], ALL);
    expect(log.reasons()).toMatchObject([{ code: 'net_namespace_unreadable', count: 1 }]);
  });

  it('does not take the namespace that has the number now for the one that was found', async () => {
    const pid = await startSockets('socket-mix', makeScratch());
    const found = findNetNamespaces(procfs, [pid], new CoverageLog()).filter(({ isOwn }) => !isOwn);
    const moved = found.map((it) => ({ ...it, inode: 1n }));
    for (const it of moved) {
      expect(withNetNamespace(procfs, it, () => value(null)).kind).toBe('gone');
      expect(withProcessIn(procfs, it, () => value(null)).kind).toBe('gone');
    }
  });
});

describe('findNetNamespaces() for a user without rights', () => {
  requires('cc', 'root', 'ip', 'setpriv', 'a node for every user', 'network namespaces');

  interface Told {
    readonly found: readonly {
      inode: string | null;
      isOwn: boolean;
      pids: number[];
      name: string | null;
      ports: number[];
    }[];
    readonly reasons: readonly { code: string; count: number }[];
  }

  it('tells by its files whose namespace is ours, reads the others as text, and says what it cannot enter', async () => {
    const scratch = makeScratch();
    const pid = await startSockets('socket-mix', scratch);
    const named = addNamed();
    const main = bundleWithKoffi(scratch, 'sockets-main');
    const root = globalThis.process.pid;
    const command = [...asUser(3001), globalThis.process.execPath, main, String(root), String(pid)];
    const { found, reasons } = JSON.parse(await output(command)) as Told;
    expect(found.find(({ isOwn }) => isOwn)).toMatchObject({ inode: String(OWN), pids: [root] });
    const other = found.find(({ pids }) => pids.includes(pid));
    expect(other).toMatchObject({ inode: null, isOwn: false, name: null });
    expect(other?.ports).toEqual(expect.arrayContaining([4001, 4002, 4003, 5001, 5004]));
    expect(found.find(({ name }) => name === named.name)).toMatchObject({ inode: String(named.inode), ports: [] });
    // Others' namespaces may come and go meanwhile.
    expect(reasons.map(({ code }) => code)).toEqual(['net_namespace_unreadable']);
  });
});
