import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Machine } from '../../src/kernel/machine.ts';
import { value } from '../../src/model/outcome.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { type ObserveOptions, observe } from '../../src/observe.ts';
import { compile, install } from '../makers/c-program.ts';
import { changedMachine } from '../makers/changed-machine.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesIn, reportOf } from '../makers/look.ts';
import { asUser } from '../makers/namespaces.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { machineWithChangedReadings, machineWithPin, pinTasks, rowsIn, withoutRow } from '../makers/task-pin.ts';
import { openShell, openTerminal, programIn } from '../makers/terminal.ts';
import { undisturbed } from '../makers/undisturbed.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const SOUND = 1;

describe('observe() by the iterator', () => {
  requires('cc', 'the iterator', 'setpriv', 'a node for every user', 'the whole machine');

  /** Homes with all kinds of things in them, and the pin. */
  async function makeFleet() {
    const scratch = makeScratch();
    const pins = await pinTasks(scratch);
    const names = 'plain below nested shell detached twice host visited gone zombie other empty bound'.split(' ');
    makeDirectories(scratch, ...names.map((name) => `homes/${name}`), 'homes/nested/homes/inner', 'elsewhere', 'mnt');
    const at = (name: string) => `${scratch}/homes/${name}`;
    const claude = install('agent', `${scratch}/bin/claude`);
    const [below] = makeDirectories(scratch, 'homes/below/src/deep');
    const plain = await openTerminal([claude], { cwd: at('plain') });
    await openTerminal([claude], { cwd: below });
    await openTerminal([claude], { cwd: `${at('nested')}/homes/inner` });
    const shell = await openShell({ cwd: at('shell') });
    shell.type(claude);
    await programIn(at('shell'), 'claude');
    startDetached(claude, at('detached'));
    await programIn(at('detached'), 'claude');
    await openTerminal([claude], { cwd: at('twice') });
    await openTerminal([claude], { cwd: at('twice') });
    const host = await openShell({ cwd: at('host') });
    host.type(`(cd ../visited; exec sh -c '${claude}; true')`);
    await programIn(at('visited'), 'claude');
    const gone = await openTerminal([claude], { cwd: at('gone') });
    fs.rmdirSync(at('gone'));
    await openTerminal(asUser(3001, claude), { cwd: at('other') });
    await openTerminal([compile('zombie'), '/bin/true'], { cwd: at('zombie') });
    execFileSync('mount', ['--bind', at('bound'), `${scratch}/mnt`]);
    onTestFinished(() => void execFileSync('umount', ['-l', `${scratch}/mnt`]));
    await openTerminal([claude], { cwd: `${scratch}/mnt` });
    const outside = await openTerminal([claude], { cwd: `${scratch}/elsewhere` });
    const homes = [homesIn(`${scratch}/homes`), homesIn(`${scratch}/homes/nested/homes`)];
    return { scratch, pins, homes, plain, gone, outside };
  }

  it('tells what /proc tells, of every kind of home', async () => {
    const { pins, homes, gone } = await makeFleet();
    const machine = machineWithPin(pins);
    for (const commands of [['claude'], ['none-such']]) {
      const [told, expected] = await bothOf({ homes, commands, explain: true, machine });
      expect(told).toEqual(expected);
    }
    // Whatever else runs on this machine can be a session then, and moves.
    for (const commands of [null, ['*']]) {
      const [told, expected] = await bothOf({ homes, commands, proveAbsence: false, machine });
      expect(told).toEqual(expected);
    }
    const [, expected] = await bothOf({ homes, commands: ['claude'], explain: true, machine });
    expect(Object.fromEntries(expected.homes.map(({ name, verdict }) => [name.text, verdict]))).toEqual({
      below: 'alive',
      bound: 'alive',
      detached: 'alive',
      empty: 'none',
      gone: 'none',
      host: 'none',
      inner: 'alive',
      nested: 'none',
      other: 'alive',
      plain: 'alive',
      shell: 'alive',
      twice: 'ambiguous',
      visited: 'alive',
      zombie: 'none',
    });
    expect(reportOf(expected, 'gone').bystanders).toMatchObject([{ pid: gone.pid, role: 'home_deleted' }]);
  });

  it('tells it with program files, and of terminals without homes', async () => {
    const { pins, homes } = await makeFleet();
    const machine = machineWithPin(pins);
    const [told, expected] = await bothOf({ homes, commands: ['claude'], identifyPrograms: true, machine });
    expect(told).toEqual(expected);
    expect(expected.sessions.every(({ exe }) => exe !== null || expected.homes.length > 0)).toBe(true);
    const [terminals, expectedTerminals] = await bothOf({ machine });
    expect(terminals.sessions).toEqual(expectedTerminals.sessions);
    expect(terminals.sessions.length).toBeGreaterThan(5);
  });

  it.each([
    ['of no process are sound', (verdict: number) => verdict & ~SOUND],
    ['of every process are cut', (verdict: number) => verdict | 2],
    ['of every process may lead elsewhere', (verdict: number) => verdict | 4],
  ])('asks /proc where the rows %s', async (_what, change) => {
    const { pins, homes } = await makeFleet();
    const machine = machineWithChangedReadings(pins, (bytes) => {
      for (const { tail } of rowsIn(bytes)) bytes.writeUInt32LE(change(bytes.readUInt32LE(tail + 4)), tail + 4);
      return bytes;
    });
    const [told, expected] = await bothOf({ homes, commands: ['claude'], explain: true, machine });
    expect(told).toEqual(expected);
  });

  it('finds who has no row, as the list of /proc has more than there are rows', async () => {
    const { pins, homes, plain } = await makeFleet();
    const machine = machineWithChangedReadings(pins, (bytes) => withoutRow(bytes, plain.pid));
    const [told, expected] = await bothOf({ homes, commands: ['claude'], machine });
    expect(told).toEqual(expected);
    expect(reportOf(told, 'plain')).toMatchObject({ verdict: 'alive', session: { pid: plain.pid } });
  });

  it.each([
    ['sound', SOUND, 'stat_denied', 'alive'],
    ['not sound', 0, 'hidden', 'unknown'],
  ])('knows whom /proc hides where the row is %s', async (_what, verdict, code, expected) => {
    const { pins, homes, plain } = await makeFleet();
    const { tasks } = machineWithChangedReadings(pins, (bytes) => {
      const row = rowsIn(bytes).find(({ pid }) => pid === plain.pid);
      if (row) bytes.writeUInt32LE(verdict, row.tail + 4);
      return bytes;
    });
    const machine = { ...hiding(plain.pid), tasks };
    const snapshot = await observe({ homes, commands: ['claude'], proveAbsence: false, machine, source: 'bpf' });
    expect(reportOf(snapshot, 'plain').verdict).toBe(expected);
    expect(codesOf(snapshot).includes(code)).toBe(expected === 'unknown');
  });

  it('reads /proc where a reading is damaged or short, and says so; or fails where it has to be the iterator', async () => {
    const { pins, homes, plain } = await makeFleet();
    const asked = { homes, commands: ['claude'], proveAbsence: false };
    for (const change of [
      (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1),
      (bytes: Buffer) => bytes.subarray(0, bytes.length - 24),
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 48), bytes.subarray(rowsIn(bytes)[1]?.at)]),
      () => Buffer.alloc(0),
      () => Buffer.from('99999\t0\t/etc/forged\n'),
    ]) {
      const machine = machineWithChangedReadings(pins, change);
      const snapshot = await observe({ ...asked, machine });
      expect(reportOf(snapshot, 'plain')).toMatchObject({ verdict: 'alive', session: { pid: plain.pid } });
      expect(snapshot.coverage).toMatchObject({ source: 'procfs', complete: true });
      expect(codesOf(snapshot)).toContain('iterator_damaged');
      await expect(observe({ ...asked, machine, source: 'bpf' })).rejects.toMatchObject({ code: 'blind' });
    }
  });

  it('reads /proc where the rows say what /proc does not, and tells of whom', async () => {
    const { pins, homes, plain } = await makeFleet();
    const machine = machineWithChangedReadings(pins, (bytes) => {
      for (const { at } of rowsIn(bytes)) bytes.writeUInt32LE(bytes.readUInt32LE(at + 36) + 1, at + 36);
      return bytes;
    });
    const snapshot = await observe({ homes, commands: ['claude'], proveAbsence: false, machine });
    expect(reportOf(snapshot, 'plain')).toMatchObject({ verdict: 'alive', session: { pid: plain.pid } });
    expect(snapshot.coverage).toMatchObject({ source: 'procfs', complete: true });
    const reason = snapshot.coverage.reasons.find(({ code }) => code === 'iterator_disagreed');
    expect(reason?.pids.length).toBeGreaterThan(0);
    const strict = observe({ homes, commands: ['claude'], machine, source: 'bpf' });
    await expect(strict).rejects.toThrow(/\/proc says otherwise of \d+ \(stat\)/);
  });

  it('notices a pin that goes and comes, from one look to the next', async () => {
    const { scratch, pins, homes } = await makeFleet();
    const machine = machineWithPin(pins);
    const sourceNow = async () => {
      return (await observe({ homes, commands: ['claude'], proveAbsence: false, machine })).coverage.source;
    };
    expect(await sourceNow()).toBe('bpf');
    fs.renameSync(`${pins}/sessions`, `${pins}/other`);
    expect(await sourceNow()).toBe('procfs');
    fs.renameSync(`${pins}/other`, `${pins}/sessions`);
    expect(await sourceNow()).toBe('bpf');
    fs.chmodSync(`${pins}/sessions`, 0o660);
    expect(await sourceNow()).toBe('procfs');
    expect(fs.existsSync(scratch)).toBe(true);
  });

  it('says what to do where there has to be an iterator, and is none', async () => {
    const scratch = makeScratch();
    const machine: Machine = {
      ...machineWithPin(`${scratch}/nothing`),
      tasks: {
        pin: () => ({ kind: 'none', why: 'there is no pin', hint: 'as root: plumb bpf install' }),
        own: async () => ({ kind: 'none', why: 'no CAP_BPF', hint: '' }),
      },
    };
    await expect(observe({ machine, source: 'bpf' })).rejects.toMatchObject({
      code: 'blind',
      message: 'no iterator: there is no pin; and none of our own: no CAP_BPF',
      hint: 'as root: plumb bpf install',
    });
  });

  it('is right of sessions that change all the time', async () => {
    const { pins, homes, plain, scratch } = await makeFleet();
    const storm = spawn(compile('fork-storm'), ['2'], { cwd: scratch, stdio: 'ignore' });
    onTestFinished(() => void storm.kill('SIGKILL'));
    const machine = machineWithPin(pins);
    for (let looks = 0; looks < 25; looks++) {
      const snapshot = await observe({ homes, commands: ['claude'], proveAbsence: false, machine, source: 'bpf' });
      expect(reportOf(snapshot, 'plain')).toMatchObject({ verdict: 'alive', session: { pid: plain.pid } });
      expect(snapshot.sessions.filter(({ verdict }) => verdict === 'alive')).toHaveLength(8);
      expect(codesOf(snapshot)).not.toContain('iterator_disagreed');
    }
  });

  function startDetached(program: string, cwd: string): void {
    const child = spawn(program, { cwd, stdio: 'ignore', detached: true });
    onTestFinished(() => void child.kill('SIGKILL'));
  }
});

/** This machine, where /proc does not show one process. */
function hiding(pid: number): Machine {
  const gone = { kind: 'gone', errno: 'ENOENT' } as const;
  const isIts = (name: string) => name.startsWith(`${pid}/`);
  return changedMachine((procfs) => ({
    list: () => {
      const listed = procfs.list();
      if (listed.kind !== 'value') return listed;
      return value({ ...listed.value, pids: listed.value.pids.filter((it) => it !== pid) });
    },
    read: (name) => (isIts(name) ? gone : procfs.read(name)),
    readlink: (name) => (isIts(name) ? gone : procfs.readlink(name)),
    readStat: (it) => (it === pid ? gone : procfs.readStat(it)),
    open: (it) => (it === pid ? gone : procfs.open(it)),
  }));
}

/** What the iterator and what /proc say at one time; again where the two looks at /proc around it differ. */
async function bothOf(options: ObserveOptions): Promise<[told: Snapshot, expected: Snapshot]> {
  const look = async (source: 'bpf' | 'procfs') => {
    const snapshot = await undisturbed(['churn', 'hidden', 'unstable'], () => observe({ ...options, source }));
    expect(snapshot.coverage).toMatchObject({ source });
    return comparable(snapshot);
  };
  return await waitFor('a moment when nothing changes', async () => {
    const before = await look('procfs');
    const told = await look('bpf');
    const after = await look('procfs');
    const isStill = JSON.stringify(before, withBigints) === JSON.stringify(after, withBigints);
    return isStill && ([told, after] as [Snapshot, Snapshot]);
  });
}

/** Without what differs from look to look: when it was, and what is computed from that. */
function comparable(snapshot: Snapshot): Snapshot {
  const of = new Date(0);
  const plain = JSON.parse(JSON.stringify(snapshot, withBigints), (key, value: unknown) => {
    if (key === 'observedAt' || key === 'startedAt' || key === 'bootedAt') return of;
    return key === 'source' && (value === 'bpf' || value === 'procfs') ? 'either' : value;
  }) as Snapshot;
  return plain;
}

function withBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function codesOf({ coverage }: Snapshot): string[] {
  return coverage.reasons.map(({ code }) => code);
}
