/** A walk through descriptors by koffi finds what one by node:fs finds. */
import { describe, expect, it } from 'vitest';
import { CoverageLog } from '../../src/kernel/coverage.ts';
import { loadLinkReader } from '../../src/kernel/native/links.ts';
import { liveProcfs } from '../../src/kernel/procfs-live.ts';
import { SocketHolders } from '../../src/kernel/socket-holders.ts';
import { makeConnections } from '../makers/connections.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

leavesNothingBehind();

describe('SocketHolders of live processes', () => {
  requires('cc', 'root', 'ip', 'network namespaces');

  it('are the same by held directories and by names alone', async () => {
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
    const all = [walked(null), walked(quick)];
    for (const { log } of all) expect(log.reasons()).toEqual([]);
    const shared = all.map(({ holders }) => [
      holders.count,
      holders.of(made.server),
      holders.of(made.mapped),
      holders.of(made.unix_listener),
    ]);
    expect(shared[0]?.slice(1)).not.toContainEqual([]);
    expect(shared[1]).toEqual(shared[0]);
  });
});
