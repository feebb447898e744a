/** A walk through descriptors by another thread finds what one by this thread finds. */
import { describe, expect, it } from 'vitest';
import { CoverageLog } from '../../src/kernel/coverage.ts';
import { loadLinkReader } from '../../src/kernel/native/links.ts';
import { liveProcfs } from '../../src/kernel/procfs-live.ts';
import { startSharedWalk } from '../../src/kernel/second-walker.ts';
import { SocketHolders } from '../../src/kernel/socket-holders.ts';
import { makeConnections } from '../makers/connections.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

leavesNothingBehind();

describe('SocketHolders of live processes', () => {
  requires('cc', 'root', 'ip', 'network namespaces');

  it('are the same by held directories, by names alone, and by a second thread', async () => {
    const made = await makeConnections(makeScratch());
    // A number that no process can have, and a kernel thread, are no reason for anything.
    const pids = [made.pid, made.sharer, made.leader, made.daemon, 2, 2 ** 22 + 1];
    const procfs = liveProcfs();
    const walked = (quick: Awaited<ReturnType<typeof loadLinkReader>>) => {
      const log = new CoverageLog();
      const holders = new SocketHolders(procfs, log, quick);
      holders.walk(pids);
      return { holders, log };
    };
    const quick = await loadLinkReader();
    expect(quick).not.toBeNull();
    const byThread = new SocketHolders(procfs, new CoverageLog());
    const found = await startSharedWalk('/proc', pids, 'socket:[').theirs();
    // All four have sockets: what comes in and goes out too.
    expect(found?.stats).toHaveLength(4);
    byThread.take(found ?? null);
    const all = [walked(null), walked(quick)];
    for (const { log } of all) expect(log.reasons()).toEqual([]);
    const shared = [...all.map((it) => it.holders), byThread].map((holders) => [
      holders.count,
      holders.of(made.server),
      holders.of(made.mapped),
      holders.of(made.unix_listener),
    ]);
    expect(shared[0]?.slice(1)).not.toContainEqual([]);
    expect(shared[1]).toEqual(shared[0]);
    expect(shared[2]).toEqual(shared[0]);
  });

  it('are walked through by this thread where another one cannot tell', async () => {
    const made = await makeConnections(makeScratch());
    const holders = new SocketHolders(liveProcfs(), new CoverageLog());
    holders.take(null);
    expect(await holders.walkTogether([made.pid], () => 'done')).toBe('done');
    expect(holders.of(made.server).map(({ stat }) => stat.pid)).toEqual([made.pid]);
  });
});
