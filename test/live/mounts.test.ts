import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { type MountRow, type MountRows, mountRows } from '../makers/mount-rows.ts';
import { asUser, inMountNamespace } from '../makers/namespaces.ts';
import { bundle, output } from '../makers/observe-elsewhere.ts';
import { processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Runs a script that ends with `exec …/claude` on a terminal, in a mount namespace of its own. */
async function agentAfter(script: string, through: readonly string[] = []) {
  const terminal = await openTerminal([...through, ...inMountNamespace(script)], { cwd: '/' });
  await waitFor('the agent', () => processRow(terminal.pid)?.comm === 'claude');
  return terminal;
}

function namespaceOf(pid: number): string {
  return fs.readlinkSync(`/proc/${pid}/ns/mnt`).replace(/\D/g, '');
}

function inNamespaceOf(pid: number, { rows }: MountRows): MountRow[] {
  return rows.filter((row) => row.mount_namespace === namespaceOf(pid));
}

function quoted(path: string): string {
  return `'${path}'`;
}

const FINDMNT =
  'findmnt -l -v -J -o ID,PARENT,MAJ:MIN,FSROOT,TARGET,VFS-OPTIONS,OPT-FIELDS,PROPAGATION,FSTYPE,SOURCE,FS-OPTIONS';

/** What findmnt shows of a process's table, in our words. */
async function findmnt(pid: number): Promise<unknown[]> {
  const told = JSON.parse(await output([...FINDMNT.split(' '), '-N', String(pid)])) as {
    filesystems: Record<string, string | number | null>[];
  };
  return told.filesystems.map((it) => ({
    mount_id: it['id'],
    parent_id: it['parent'],
    device: it['maj:min'],
    root: it['fsroot'],
    mount_point: it['target'],
    options: it['vfs-options'],
    optional_fields: it['opt-fields'] ?? '',
    propagation: it['propagation'],
    fs_type: it['fstype'],
    source: it['source'] ?? '',
    super_options: it['fs-options'],
  }));
}

/** A row as far as findmnt has it; it decodes what we keep in the options, so that they can be parted, too. */
function asFindmnt(row: MountRow) {
  const superOptions = row.super_options?.replaceAll('\\054', ',').replaceAll('\\134', '\\');
  return {
    mount_id: row.mount_id,
    parent_id: row.parent_id,
    device: row.device,
    root: row.root,
    mount_point: row.mount_point,
    options: row.options,
    optional_fields: row.optional_fields,
    propagation: row.propagation,
    fs_type: row.fs_type,
    source: row.source,
    super_options: superOptions,
  };
}

describe('mounts, beside findmnt', () => {
  requires('cc', 'root', 'mount namespaces', 'the whole machine');

  it('are the same in every field, here and in another namespace with odd names', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const odd = `${scratch}/t/a b\t#c\\d\né`;
    const script = [
      `mkdir ${scratch}/t; mount -t tmpfs tmpfs ${scratch}/t; cd ${scratch}/t`,
      `mkdir ${quoted(odd)} empty shared bind src 'lo,w:er' up work ov`,
      `mount -t tmpfs 'x # y\\z' ${quoted(odd)}`,
      'mount -t tmpfs "" empty; mount --make-unbindable empty',
      'mount -t tmpfs -o nosuid,nodev,ro shared shared; mount --make-shared shared',
      'mount --bind src bind; rmdir src',
      hasOverlay() ? `mount -t overlay ov -o 'lowerdir=lo\\,w\\:er,upperdir=up,workdir=work' ov` : ':',
      `cd /; exec ${claude}`,
    ].join('\n');
    const { pid } = await agentAfter(script);
    const told = await mountRows();
    const other = inNamespaceOf(pid, told);
    expect(other.map(asFindmnt)).toEqual(await findmnt(pid));
    expect(other.map((it) => it.mount_point)).toContain(odd);
    expect(other.find((it) => it.mount_point === `${scratch}/t/bind`)?.root).toBe('/src//deleted');
    if (hasOverlay()) {
      const overlay = other.find((it) => it.fs_type === 'overlay' && it.source === 'ov');
      expect(overlay?.super_options?.split(',')).toContain('lowerdir=lo\\134\\054w\\134:er');
    }
    const own = inNamespaceOf(globalThis.process.pid, told);
    expect(own.map(asFindmnt)).toEqual(await findmnt(globalThis.process.pid));
  });

  describe('of a thread of the kernel', () => {
    requires('kdevtmpfs');

    it('are told of the namespace that only a thread of the kernel lives in', async () => {
      const pid = Number(processTable().find(({ comm }) => comm === 'kdevtmpfs')?.pid);
      expect(inNamespaceOf(pid, await mountRows()).map(asFindmnt)).toEqual(await findmnt(pid));
    });
  });

  it('are whole where the table is larger than 64 KiB', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const long = `${scratch}/t/${'x'.repeat(250)}/${'y'.repeat(250)}`;
    const numbers = Array.from({ length: 80 }, (_, index) => index).join(' ');
    const script = [
      `mkdir ${scratch}/t; mount -t tmpfs tmpfs ${scratch}/t; mkdir -p ${long}; cd ${long}; mkdir ${numbers}`,
      `for n in ${numbers}; do mount --bind $n $n; done`,
      `exec ${claude}`,
    ].join('\n');
    const { pid } = await agentAfter(script);
    expect(fs.readFileSync(`/proc/${pid}/mountinfo`).length).toBeGreaterThan(2 ** 16);
    const rows = inNamespaceOf(pid, await mountRows());
    expect(rows.map(asFindmnt)).toEqual(await findmnt(pid));
    expect(rows.length).toBeGreaterThan(80);
  });
});

function hasOverlay(): boolean {
  return fs.readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n');
}

describe('mounts and the processes that they are read through', () => {
  requires('cc', 'root', 'mount namespaces', 'the whole machine');

  it('are those of the namespace, of which the first process sees a part only', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const script = [
      `jail=${scratch}/jail; mkdir $jail; mount -t tmpfs tmpfs $jail; cp ${claude} $jail/claude`,
      'for d in /lib /lib64 /usr; do mkdir $jail$d; mount --bind $d $jail$d; done',
      `${claude} & exec chroot $jail /claude`,
    ].join('\n');
    const { pid } = await agentAfter(script);
    const outside = await programBelow(pid, 'claude');
    const told = await mountRows();
    const rows = inNamespaceOf(pid, told);
    expect(rows.map(asFindmnt)).toEqual(await findmnt(outside));
    expect(rows.length).toBeGreaterThan((await findmnt(pid)).length);
    expect(rows[0]?.read_through).toBe(outside);
    expect(
      told.coverage.reasons.flatMap(({ code, pids }) => (code === 'mount_namespace_partial' ? pids : [])),
    ).not.toContain(pid);
  });

  it('are said to be a part where every process is in a chroot', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const script = [
      `jail=${scratch}/jail; mkdir $jail; mount -t tmpfs tmpfs $jail; cp ${claude} $jail/claude`,
      'for d in /lib /lib64 /usr; do mkdir $jail$d; mount --bind $d $jail$d; done',
      'exec chroot $jail /claude',
    ].join('\n');
    const { pid } = await agentAfter(script);
    const told = await mountRows();
    const rows = inNamespaceOf(pid, told);
    expect(rows.map(asFindmnt)).toEqual(await findmnt(pid));
    expect(rows[0]).toMatchObject({ mount_point: '/', read_through: pid });
    expect(told.coverage.reasons.find(({ code }) => code === 'mount_namespace_partial')?.pids).toContain(pid);
  });

  it('of a namespace that only a mount keeps are counted as not seen', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const script = [
      `mkdir ${scratch}/t; mount -t tmpfs tmpfs ${scratch}/t; touch ${scratch}/t/ns`,
      `unshare --mount=${scratch}/t/ns true`,
      `exec ${claude}`,
    ].join('\n');
    // The kernel lets a namespace be mounted in an older one only. It numbers them by processor, so it has to be the same.
    const { pid } = await agentAfter(script, ['taskset', '-c', '0']);
    const told = await mountRows();
    const kept = inNamespaceOf(pid, told).find((it) => it.mount_point === `${scratch}/t/ns`);
    expect(kept?.root).toMatch(/^mnt:\[\d+\]$/);
    const unentered = told.coverage.reasons.find(({ code }) => code === 'mount_namespace_unentered');
    expect(unentered?.count).toBeGreaterThan(0);
  });

  it('are the same for a user who may not ask other users for their namespace', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const script = `mkdir ${scratch}/t; mount -t tmpfs 'of root' ${scratch}/t; exec ${claude}`;
    const { pid } = await agentAfter(script);
    const main = bundle(scratch, 'mounts-main');
    const homes = homesAt({ far: `${scratch}/t` });
    const told = JSON.parse(
      await output([...asUser(3001), globalThis.process.execPath, main, JSON.stringify({ homes })]),
    ) as MountRows;
    const theirs = told.rows.filter((it) => it.read_through === pid);
    expect(theirs.map(asFindmnt)).toEqual(await findmnt(pid));
    expect(new Set(theirs.map((it) => it.mount_namespace))).toEqual(new Set([null]));
    expect(new Set(theirs.map((it) => it.home_mark))).toEqual(new Set([null]));
    expect(told.coverage.reasons).toContainEqual({ code: 'home_mount_unseen', count: 1, pids: [] });
    expect(told.coverage.reasons.find(({ code }) => code === 'mount_namespace_partial')?.pids).toContain(pid);
  });
});
