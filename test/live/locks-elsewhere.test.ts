import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MachineLook } from '../../src/look/machine-look.ts';
import type { Coverage } from '../../src/model/coverage.ts';
import type { WireObject } from '../../src/relations/wire.ts';
import { compile } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { type LockRow, lockRows, lockRowsIn } from '../makers/lock-rows.ts';
import { makeLocks, untilWaiting } from '../makers/locks.ts';
import { asUser, inMountNamespace, inPidNamespace } from '../makers/namespaces.ts';
import { bundleWithKoffi, output } from '../makers/observe-elsewhere.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';

leavesNothingBehind();

describe('plumb locks, of what is elsewhere', () => {
  requires('cc', 'root', 'unshare', 'setpriv', 'mount namespaces', 'pid namespaces', 'a node for every user');

  it('finds a file in another mount namespace', async () => {
    const directory = makeScratch();
    const script = 'mount -t tmpfs none "$0"; cd "$0"; exec "$@"';
    const [place] = makeDirectories(directory, 'place');
    const pid = await makeLocks(directory, ['open:f', 'flock:0:ex', 'pause'], [...inMountNamespace(script), place]);
    const look = await MachineLook.open({ homes: [] });
    const row = (await lockRows(look, {})).find((it) => it['pid'] === pid);
    expect(row).toMatchObject({
      kind: 'flock',
      path: expect.stringMatching(/\/f$/),
      device: expect.stringMatching(/^0:/),
    });
  });

  async function tellThrough(directory: string, through: readonly string[]) {
    const main = bundleWithKoffi(directory, 'locks-main');
    const text = await output([...through, globalThis.process.execPath, main]);
    return JSON.parse(text) as { readonly rows: readonly LockRow[]; readonly coverage: Coverage };
  }

  it('says what another user may not see: the holder is unknown, not nobody', async () => {
    const directory = makeScratch();
    const flocker = await makeLocks(directory, ['open:f', 'flock:0:ex', 'fork', 'pause']);
    const poser = await makeLocks(directory, ['open:g', 'posix:0:w:0:0', 'pause']);
    const { rows, coverage } = await tellThrough(directory, asUser(3001));
    const inode = (name: string) => String(fs.statSync(`${directory}/${name}`).ino);
    const flock = rows.find((row) => row['ino'] === inode('f') && row['kind'] === 'flock');
    expect(flock).toMatchObject({ pid: null, holders: null, holders_seen: 'none', path: null });
    expect(flock?.['caller_pid']).not.toBeNull();
    const posix = rows.find((row) => row['ino'] === inode('g'));
    expect(posix).toMatchObject({ pid: poser, holders: [{ pid: poser, fd: null }], holders_seen: 'all', path: null });
    const denied = coverage.reasons.find(({ code }) => code === 'fd_denied');
    expect(denied?.pids).toEqual(expect.arrayContaining([flocker, poser]));
    expect(coverage.complete).toBe(false);
  });

  it('finds locks in a pid namespace of its own that the table does not list there', async () => {
    const directory = makeScratch();
    const main = bundleWithKoffi(directory, 'locks-main');
    // Its maker has to have been reaped: until then its number is its own.
    const run =
      'cd "$0"; "$1" open:f flock:0:ex leave make:done pause >&2 & wait $!; until [ -e done ]; do :; done; exec "$2" "$3"';
    const programs = [directory, compile('locks'), globalThis.process.execPath, main];
    const text = await output(inPidNamespace('sh', '-c', run, ...programs));
    const { rows, coverage } = JSON.parse(text) as { readonly rows: readonly LockRow[]; readonly coverage: Coverage };
    const row = rows.find(({ path }) => path === `${directory}/f`);
    expect(row).toMatchObject({ kind: 'flock', status: 'held', caller_pid: null, holders_seen: 'part' });
    expect(row?.pid).toBeGreaterThan(1);
    expect(coverage.reasons.map(({ code }) => code)).toContain('pid_namespace');
  });
});

describe('plumb locks beside lslocks', () => {
  requires('cc', 'lslocks');

  it('says the same of each lock and each waiter, but for who has it', async () => {
    const directory = makeScratch();
    await makeLocks(directory, ['open:f', 'flock:0:sh', 'open:g', 'posix:1:w:7:3', 'open:h', 'ofd:2:r:1:0', 'pause']);
    await makeLocks(directory, ['open:f', 'flock:0:ex']);
    await makeLocks(directory, ['open:g', 'posix:0:r:0:0']);
    await untilWaiting(`${directory}/f`);
    await untilWaiting(`${directory}/g`);
    const inodes = new Set(['f', 'g', 'h'].map((name) => String(fs.statSync(`${directory}/${name}`).ino)));
    const columns = 'pid,type,mode,inode,maj:min,start,end,path,blocker';
    const said = JSON.parse(execFileSync('lslocks', ['-J', '-u', '-o', columns], { encoding: 'utf8' })) as {
      readonly locks: readonly Readonly<Record<string, string | number | null>>[];
    };
    const theirs = said.locks.filter((it) => inodes.has(String(it['inode'])));
    const ours = (await lockRowsIn(directory)).map((row) => {
      const isOfd = row['kind'] === 'ofd';
      return {
        // It has no way to find out who has a lock of an open file, nor of which file it is.
        pid: isOfd ? -1 : row.pid,
        type: isOfd ? 'OFDLCK' : String(row['kind']).toUpperCase(),
        mode: String(row['mode']).toUpperCase() + (row['status'] === 'waiting' ? '*' : ''),
        inode: Number(row['ino']),
        'maj:min': row['device'],
        start: Number(row['start_byte']),
        // It tells 0 for the end of the file.
        end: Number(row['end_byte'] ?? 0),
        path: isOfd ? expect.anything() : row.path,
        blocker: (row['blockers'] as WireObject[]).at(-1)?.['pid'] ?? null,
      };
    });
    const inOrder = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    expect(theirs.map((it) => ({ ...it })).toSorted(inOrder)).toEqual(ours.toSorted(inOrder));
  });
});
