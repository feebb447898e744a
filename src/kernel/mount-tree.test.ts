import { describe, expect, it } from 'vitest';
import type { Mount } from '../model/mount.ts';
import { MountTree } from './mount-tree.ts';
import { parseMountinfo } from './parse/mountinfo.ts';

/** `27 1 /` each: id, parent, mount point. */
function mounts(...lines: readonly string[]): Mount[] {
  const table = lines.map((line) => {
    const [id, parent, point] = line.split(' ');
    return `${id} ${parent} 0:${id} / ${point} rw - tmpfs t rw\n`;
  });
  return parseMountinfo(Buffer.from(table.join('')));
}

const idOf = (table: readonly Mount[], path: string) => new MountTree(table).lookUp(path)?.id ?? null;

describe('MountTree', () => {
  const plain = mounts('22 27 /proc', '27 1 /', '30 27 /srv', '31 30 /srv/agents');

  it.each([
    ['/', 27],
    ['/home/x', 27],
    ['/srv', 30],
    ['/srvx', 27],
    ['/srv/agents/ada', 31],
    ['/proc/1', 22],
  ])('leads %s to the mount below it', (path, id) => {
    expect(idOf(plain, path)).toBe(id);
  });

  it('leads to the last of those that are mounted on each other, whatever their order in the table', () => {
    const stacked = mounts('33 32 /srv', '27 1 /', '30 27 /srv', '32 30 /srv');
    expect(idOf(stacked, '/srv/x')).toBe(33);
    const tree = new MountTree(stacked);
    expect(stacked.map((it) => tree.covers(it))).toEqual([false, false, true, true]);
  });

  it('passes by what lies below a mount that came later, further up', () => {
    const over = mounts('27 1 /', '30 27 /srv/agents', '31 27 /srv');
    expect(idOf(over, '/srv/agents/ada')).toBe(31);
    const tree = new MountTree(over);
    expect(over.map((it) => tree.covers(it))).toEqual([false, true, false]);
  });

  it('begins at the top of what is mounted on the root', () => {
    expect(idOf(mounts('1 1 /', '27 1 /', '30 27 /srv'), '/srv')).toBe(30);
    expect(idOf(mounts('1 1 /', '27 1 /', '30 1 /srv'), '/srv')).toBe(27);
  });

  it('does not know where a path leads in a table without a root', () => {
    const [mount] = mounts('30 27 /srv');
    expect(new MountTree(mounts('30 27 /srv')).covers(mount as Mount)).toBeNull();
    expect(idOf([], '/')).toBeNull();
  });
});
