import { describe, expect, it } from 'vitest';
import { type Outcome, value } from '../model/outcome.ts';
import type { Machine } from './machine.ts';
import { findOomCounter } from './memory-cgroup.ts';
import type { HeldProcess } from './procfs.ts';

const FIRST = '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n';
const SECOND = '41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n';
const HYBRID = `${FIRST}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`;
const CONTAINER = '35 31 0:32 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';

function find(mountinfo: string, cgroup: string) {
  const text = (it: string): Outcome<Uint8Array> => value(Buffer.from(it, 'latin1'));
  const machine = {
    procfs: { read: () => text(mountinfo) },
    files: { read: (path: string) => text(`path ${path}\noom_kill 7\n`) },
  } as unknown as Machine;
  const found = findOomCounter(machine, { read: () => text(cgroup) } as unknown as HeldProcess);
  return found.kind === 'value' ? [found.value.path, found.value.read()] : found;
}

describe('findOomCounter()', () => {
  it.each([
    ['version 1', FIRST, '4:memory:/a/b\n0::/\n', '/sys/fs/cgroup/memory/a/b/memory.oom_control'],
    ['version 2', SECOND, '0::/user.slice/x\n', '/sys/fs/cgroup/user.slice/x/memory.events'],
    [
      'both, with the controller in version 1',
      HYBRID,
      '4:memory:/\n0::/x\n',
      '/sys/fs/cgroup/memory/memory.oom_control',
    ],
    ['a part of the hierarchy', CONTAINER, '0::/docker/abc/x\n', '/sys/fs/cgroup/x/memory.events'],
    [
      'a part that is mounted behind another one',
      `34 31 0:32 /other /mnt rw - cgroup2 cgroup2 rw\n${CONTAINER}`,
      '0::/docker/abc/x\n',
      '/sys/fs/cgroup/x/memory.events',
    ],
    ['the root of that part', CONTAINER, '0::/docker/abc\n', '/sys/fs/cgroup/memory.events'],
  ])('finds it: %s', (_title, mounts, cgroup, path) => {
    expect(find(mounts, cgroup)).toEqual([path, value(7n)]);
  });

  it.each([
    ['it is not mounted', SECOND, '4:memory:/a\n0::/\n'],
    ['the process is in another part', CONTAINER, '0::/docker/abcdef\n'],
    ['it is outside of our cgroup namespace', SECOND, '0::/../x\n'],
    ['there are no cgroups', '', ''],
  ])('finds none where %s', (_title, mounts, cgroup) => {
    expect(find(mounts, cgroup)).toEqual({ kind: 'unsupported', errno: 'ENODEV' });
  });
});
