import { describe, expect, it } from 'vitest';
import { CoverageLog } from './coverage.ts';
import { replayMachine } from './scene/replay.ts';
import { emptyScene, type Scene } from './scene/scene.ts';
import { SocketHolders } from './socket-holders.ts';

interface Recorded {
  readonly comm?: string;
  readonly state?: string;
  readonly flags?: number;
  readonly threads?: number;
  readonly start?: number;
  readonly fds?: Readonly<Record<string, string>> | 'EACCES' | 'ENOENT';
}

function record(scene: Scene, pid: number, it: Recorded): void {
  const { comm = 'server', state = 'S', flags = 0, threads = 1, start = 100, fds = {} } = it;
  scene.pids = [...scene.pids, pid];
  const middle = `0 0 0 0 0 0 0 0 20 0 ${threads} 0 ${start}`;
  scene.files.set(
    `proc/${pid}/stat`,
    Buffer.from(`${pid} (${comm}) ${state} 1 ${pid} ${pid} 0 -1 ${flags} ${middle} 0\n`),
  );
  directory(scene, `proc/${pid}/fd`, fds);
}

function directory(scene: Scene, key: string, fds: NonNullable<Recorded['fds']>): void {
  if (typeof fds === 'string') {
    scene.missing.set(`list ${key}`, fds);
    return;
  }
  scene.lists.set(key, Object.keys(fds));
  for (const [fd, target] of Object.entries(fds)) {
    if (target === 'gone') scene.missing.set(`readlink ${key}/${fd}`, 'ENOENT');
    else scene.links.set(`${key}/${fd}`, target);
  }
}

function walked(fill: (scene: Scene) => void): { holders: SocketHolders; log: CoverageLog } {
  const scene = emptyScene(new Date(0), 1);
  fill(scene);
  const log = new CoverageLog();
  const holders = new SocketHolders(replayMachine(scene).procfs, log);
  holders.walk(scene.pids);
  return { holders, log };
}

function pidsAndFds(holders: SocketHolders, inode: bigint): [number, readonly string[]][] {
  return holders.of(inode).map(({ stat, fds }) => [stat.pid, fds]);
}

describe('SocketHolders', () => {
  it('has every holder of a shared socket with all of its descriptors, the oldest first', () => {
    const { holders, log } = walked((scene) => {
      record(scene, 9, { start: 100, fds: { 0: '/dev/null', 3: 'socket:[77]' } });
      record(scene, 10, { start: 90, comm: 'a) R 1 1 (b', fds: { 5: 'socket:[77]', 7: 'socket:[77]', 8: 'gone' } });
      record(scene, 11, { start: 100, fds: { 3: 'socket:[78]', 4: '/tmp/socket:[77]', 5: 'pipe:[77]' } });
      record(scene, 7, { start: 100, fds: { 1: 'socket:[77]' } });
    });
    expect(pidsAndFds(holders, 77n)).toEqual([
      [10, ['5', '7']],
      [7, ['1']],
      [9, ['3']],
    ]);
    expect(holders.of(77n)[0]?.stat.comm).toBe('a) R 1 1 (b');
    expect([holders.count, pidsAndFds(holders, 79n)]).toEqual([2, []]);
    expect(log.reasons()).toEqual([]);
  });

  it('notes those whose descriptors are denied, but no kernel thread and none that has ended', () => {
    const { log } = walked((scene) => {
      record(scene, 2, { flags: 0x200000, fds: 'EACCES' });
      record(scene, 9, { fds: 'EACCES' });
      record(scene, 10, { state: 'Z', fds: 'EACCES' });
      record(scene, 11, { fds: 'ENOENT' });
      scene.pids = [...scene.pids, 12];
      scene.missing.set('open proc/12', 'EPERM');
    });
    expect(log.reasons()).toEqual([{ code: 'fd_denied', count: 2, pids: [9, 12] }]);
  });

  it('finds the sockets of a process whose first thread has ended with the other threads', () => {
    const { holders } = walked((scene) => {
      record(scene, 9, { state: 'Z', threads: 2 });
      scene.lists.set('proc/9/task', ['9', '14']);
      directory(scene, 'proc/9/task/14/fd', { 3: 'socket:[77]' });
    });
    expect(pidsAndFds(holders, 77n)).toEqual([[9, ['3']]]);
  });

  it('does not believe descriptors of a process that has been reaped meanwhile, or whose stat is damaged', () => {
    const { holders, log } = walked((scene) => {
      record(scene, 9, { fds: { 3: 'socket:[77]' } });
      scene.files.delete('proc/9/stat');
      scene.missing.set('read proc/9/stat', 'ESRCH');
      record(scene, 10, { fds: { 3: 'socket:[77]' } });
      scene.files.set('proc/10/stat', Buffer.from('10 (server) S'));
    });
    expect(pidsAndFds(holders, 77n)).toEqual([]);
    expect(log.reasons()).toEqual([{ code: 'malformed', count: 1, pids: [10] }]);
  });
});
