import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MachineLook } from '../../src/look/machine-look.ts';
import type { HomeSpec } from '../../src/model/home.ts';
import { readRelation } from '../../src/relations/read-relation.ts';
import { install } from '../makers/c-program.ts';
import { makeHangingMount } from '../makers/hanging-mount.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt, homesIn } from '../makers/look.ts';
import { type MountRow, type MountRows, mountRows } from '../makers/mount-rows.ts';
import { inMountNamespace } from '../makers/namespaces.ts';
import { bundle, output } from '../makers/observe-elsewhere.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

function makeHome() {
  const scratch = makeScratch();
  const [home, elsewhere] = makeDirectories(scratch, 'homes/ada', 'elsewhere');
  return { scratch, home, elsewhere, claude: install('agent', `${scratch}/bin/claude`) };
}

/** Runs a script that ends with `exec …/claude` on a terminal, in a mount namespace of its own. */
async function agentAfter(script: string) {
  const terminal = await openTerminal(inMountNamespace(script), { cwd: '/' });
  await waitFor('the agent', () => processRow(terminal.pid)?.comm === 'claude');
  return { pid: terminal.pid, namespace: fs.readlinkSync(`/proc/${terminal.pid}/ns/mnt`).replace(/\D/g, '') };
}

/** The look of a plumb that lives in the process's mount namespace. */
async function rowsWithin(pid: number, scratch: string, homes: readonly HomeSpec[]): Promise<MountRows> {
  const main = bundle(scratch, 'mounts-main');
  const options = JSON.stringify({ homes });
  return JSON.parse(await output(['nsenter', '-m', '-t', String(pid), globalThis.process.execPath, main, options]));
}

function marked({ rows }: MountRows, namespace: string) {
  return rows
    .filter((row) => row.mount_namespace === namespace && row.home_mark !== null)
    .map(({ mount_point, fs_type, home, home_mark, homes }: MountRow) => {
      return { mount_point, fs_type, home, home_mark, pid: homes[0]?.pid };
    });
}

describe('mounts of homes', () => {
  requires('cc', 'root', 'mount namespaces', 'the whole machine');

  it('marks what is mounted on a home, whose session lives in it', async () => {
    const { scratch, home, claude } = makeHome();
    const { pid, namespace } = await agentAfter(`mount -t tmpfs none ${home}; cd ${home}; exec ${claude}`);
    const told = await rowsWithin(pid, scratch, homesAt({ ada: home }));
    expect(marked(told, namespace)).toEqual([
      { mount_point: home, fs_type: 'tmpfs', home: 'ada', home_mark: 'on', pid: null },
    ]);
    const row = told.rows.find((it) => it.home === 'ada');
    expect(row).toMatchObject({ session: 'ada', sessions: [{ name: 'ada', joined_by: 'owner' }], covered: false });
  });

  it('marks what covers a home from a process that works below it', async () => {
    const { scratch, home, claude } = makeHome();
    const { pid, namespace } = await agentAfter(`cd ${home}; mount -t tmpfs none ${home}; exec ${claude}`);
    const over = { mount_point: home, fs_type: 'tmpfs', home: 'ada', home_mark: 'over' };
    expect(marked(await rowsWithin(pid, scratch, homesAt({ ada: home })), namespace)).toEqual([{ ...over, pid }]);
    // From outside the process is in the home that is meant, and its own namespace does not lead there any more.
    const outside = await mountRows({ homes: homesAt({ ada: home }) });
    expect(marked(outside, namespace)).toEqual([{ ...over, pid }]);
    expect(outside.rows.find((it) => it.home === 'ada')).toMatchObject({ session: 'ada' });
  });

  it('marks what is mounted above a home that no pattern finds any more', async () => {
    const { scratch, home, claude } = makeHome();
    const homes = `${scratch}/homes`;
    const { pid, namespace } = await agentAfter(`cd ${home}; mount -t tmpfs none ${homes}; exec ${claude}`);
    expect(marked(await rowsWithin(pid, scratch, [homesIn(homes)]), namespace)).toEqual([
      { mount_point: homes, fs_type: 'tmpfs', home: 'ada', home_mark: 'over', pid },
    ]);
  });

  it('does not mark what another root has under the home’s path', async () => {
    const { scratch, home, claude } = makeHome();
    const jail = `${scratch}/jail`;
    const script = [
      `mkdir ${jail}; mount -t tmpfs none ${jail}; mkdir -p ${jail}${home} ${jail}/old; cp ${claude} ${jail}/claude`,
      `for d in /lib /lib64 /usr /proc; do mkdir ${jail}$d; mount --bind $d ${jail}$d; done`,
      `cd ${jail}; pivot_root . old; umount -l /old; cd ${home}; exec /claude`,
    ].join('\n');
    const { namespace } = await agentAfter(script);
    const told = await mountRows({ homes: homesAt({ ada: home }) });
    expect(told.rows.filter((it) => it.mount_namespace === namespace).length).toBeGreaterThan(3);
    expect(marked(told, namespace)).toEqual([]);
  });

  it('marks another directory under the home’s path in another namespace', async () => {
    const { home, claude } = makeHome();
    const { namespace } = await agentAfter(`mount -t tmpfs none ${home}; cd ${home}; exec ${claude}`);
    expect(marked(await mountRows({ homes: homesAt({ ada: home }) }), namespace)).toEqual([
      { mount_point: home, fs_type: 'tmpfs', home: 'ada', home_mark: 'over', pid: null },
    ]);
  });

  it('says of a home that is mounted on itself only that it is mounted', async () => {
    const { scratch, home, claude } = makeHome();
    const { pid, namespace } = await agentAfter(`cd ${home}; mount --bind ${home} ${home}; exec ${claude}`);
    const fsType = (await output(['stat', '-f', '-c', '%T', home])).trim();
    for (const told of [
      await rowsWithin(pid, scratch, homesAt({ ada: home })),
      await mountRows({ homes: homesAt({ ada: home }) }),
    ]) {
      const [row, ...more] = marked(told, namespace);
      expect(row, fsType).toMatchObject({ mount_point: home, home: 'ada', home_mark: 'on', pid: null });
      expect(more).toEqual([]);
    }
  });

  it('does not mark what lies beside a home, or within it', async () => {
    const { scratch, home, elsewhere, claude } = makeHome();
    makeDirectories(home, 'sub');
    const script = `cd ${home}/sub; mount -t tmpfs none ${home}/sub; mount -t tmpfs none ${elsewhere}; exec ${claude}`;
    const { pid, namespace } = await agentAfter(script);
    expect(marked(await rowsWithin(pid, scratch, homesAt({ ada: home })), namespace)).toEqual([]);
  });

  it('tells of a mount that is gone from under the session that works on it', async () => {
    const { home, elsewhere, claude } = makeHome();
    const script = `mount --bind ${home} ${elsewhere}; cd ${elsewhere}; umount -l ${elsewhere}; exec ${claude}`;
    const { pid, namespace } = await agentAfter(script);
    const told = await mountRows({ homes: homesAt({ ada: home }) });
    expect(marked(told, namespace)).toEqual([
      { mount_point: null, fs_type: null, home: 'ada', home_mark: 'gone', pid },
    ]);
    const gone = told.rows.find((it) => it.home_mark === 'gone' && it.read_through === pid);
    expect(gone).toMatchObject({ session: 'ada', mount_id: mountOf(pid), covered: null, parent_id: null });
    // It is a row whatever is asked of it.
    const look = await MachineLook.open({ homes: homesAt({ ada: home }) });
    expect(await readRelation(look, 'mounts', { columns: ['mount_id', 'fs_type'] })).toContainEqual({
      mount_id: mountOf(pid),
      fs_type: null,
    });
  });

  it('tells of one whose home is not known any more, with its device', async () => {
    const { home, claude } = makeHome();
    const script = `mount -t tmpfs none ${home}; cd ${home}; umount -l ${home}; exec ${claude}`;
    const { pid, namespace } = await agentAfter(script);
    const told = await mountRows({ homes: homesAt({ ada: home }) });
    expect(marked(told, namespace)).toEqual([{ mount_point: null, fs_type: null, home: null, home_mark: 'gone', pid }]);
    const { dev } = fs.statSync(`/proc/${pid}/cwd`);
    expect(told.rows.find((it) => it.read_through === pid && it.mount_id === mountOf(pid))?.device).toBe(`0:${dev}`);
  });
});

describe('mounts of homes on a file system that does not answer', () => {
  requires('cc', 'root', 'mount namespaces', 'bindfs', 'the whole machine');

  it('are told without asking it, and what is gone after the deadline', async () => {
    const { scratch, claude } = makeHome();
    const mount = await makeHangingMount(scratch);
    const start = [...mount.inside, 'sh', '-ec', `cd ${mount.path}; exec ${claude}`];
    const { pid } = await openTerminal(start, { cwd: '/' });
    await waitFor('the agent', () => processRow(pid)?.comm === 'claude');
    const namespace = fs.readlinkSync(`/proc/${pid}/ns/mnt`).replace(/\D/g, '');
    const ask = () => mountRows({ homes: homesAt({ far: mount.path }) });
    await mount.hang();
    const hung = await ask();
    expect(marked(hung, namespace)).toMatchObject([{ mount_point: mount.path, home: 'far', home_mark: 'on' }]);
    expect(hung.coverage.reasons).toContainEqual({ code: 'home_mount_unseen', count: 1, pids: [] });
    await mount.unmountLazily();
    expect(marked(await ask(), namespace)).toMatchObject([{ home: null, home_mark: 'gone', pid }]);
  });
});

/** The mount that a process works on. */
function mountOf(pid: number): number {
  const fd = fs.openSync(`/proc/${pid}/cwd`, 0o10000000);
  try {
    return Number(/mnt_id:\s*(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1]);
  } finally {
    fs.closeSync(fd);
  }
}

describe('mounts of a session', () => {
  requires('cc', 'root', 'mount namespaces', 'the whole machine');

  it('are those of every namespace that its processes live in', async () => {
    const { home, claude } = makeHome();
    const script = `cd ${home}; unshare -m ${claude} & cd ${home}; exec ${claude}`;
    const { pid, namespace } = await agentAfter(script);
    const child = await programBelow(pid, 'claude');
    const inner = fs.readlinkSync(`/proc/${child}/ns/mnt`).replace(/\D/g, '');
    const { rows } = await mountRows({ homes: homesAt({ ada: home }) }, 'ada');
    expect(new Set(rows.map((it) => it.mount_namespace))).toEqual(new Set([namespace, inner]));
    const by = (wanted: string) => rows.find((it) => it.mount_namespace === wanted)?.sessions;
    expect(by(namespace)).toEqual([{ name: 'ada', joined_by: 'owner' }]);
    expect(by(inner)).toEqual([{ name: 'ada', joined_by: 'ancestry' }]);
    expect(new Set(rows.map((it) => it.session))).toEqual(new Set(['ada']));
  });
});
