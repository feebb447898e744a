import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { liveProcfs } from '../../src/kernel/procfs-live.ts';
import { PROCESSES } from '../../src/relations/processes.ts';
import type { WireObject } from '../../src/relations/wire.ts';
import { type CProgram, install } from '../makers/c-program.ts';
import { changedMachine, untilAtOnce } from '../makers/changed-machine.ts';
import { readFacts } from '../makers/json-facts.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { asUser, inPidNamespace } from '../makers/namespaces.ts';
import { bundle, output } from '../makers/observe-elsewhere.ts';
import { isThere, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { type RowsOf, rowsOf } from '../makers/rows-of.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { inFront, openShell, openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Starts a program and waits until it runs under this name. */
async function start(command: readonly string[], comm: string, cwd = '/'): Promise<number> {
  const [file = '', ...argv] = command;
  const child = spawn(file, argv, { cwd, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { pid = 0 } = child;
  return waitFor(comm, () => processRow(pid)?.comm === comm && pid);
}

async function startMaker(name: CProgram, path: string, ...argv: string[]): Promise<{ pid: number; child: number }> {
  const maker = spawn(install(name, path), argv, { stdio: 'pipe' });
  onTestFinished(() => void maker.kill('SIGKILL'));
  const facts = await readFacts<{ pid?: number; child?: number }>(maker);
  return { pid: maker.pid ?? 0, child: facts.child ?? 0 };
}

function rowOf({ rows }: Pick<RowsOf, 'rows'>, pid: number): WireObject {
  const row = rows.find((it) => it['pid'] === pid);
  if (!row) throw new Error(`there is no row of ${pid}`);
  return row;
}

describe('the relation of processes', () => {
  requires('cc', 'root', 'setpriv', 'unshare');

  it('says of every process what ps says', async () => {
    const scratch = makeScratch();
    const pids = await oddProcesses(scratch);
    const before = psRows();
    const { rows } = await rowsOf(PROCESSES);
    const after = psRows();
    // What changes from one ps to the next may be either in between.
    const still = rows.filter((row) => {
      const [a, b] = [before.get(row['pid'] as number), after.get(row['pid'] as number)];
      return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
    });
    expect(still.length).toBeGreaterThan(pids.length);
    for (const pid of pids) expect(still.map((row) => row['pid'])).toContain(pid);
    for (const row of still) {
      const told = asPsTells(row);
      const fromPs = after.get(row['pid'] as number) ?? [];
      if (pids.includes(row['pid'] as number)) expect(told).toEqual(fromPs);
      // What others do can change and change back in between.
      else expect(withoutRestless(told)).toEqual(withoutRestless(fromPs));
    }
  });

  it('says of every process what stands in its files', async () => {
    const pids = await oddProcesses(makeScratch());
    const all = await rowsOf(PROCESSES);
    for (const pid of pids) {
      const { comm, exe, cwd, cgroup, comm_base64: commBytes } = rowOf(all, pid);
      const name = fs.readFileSync(`/proc/${pid}/comm`).subarray(0, -1);
      expect(commBytes ?? Buffer.from(String(comm)).toString('base64')).toBe(name.toString('base64'));
      expect([exe, cwd]).toEqual([linkOf(pid, 'exe'), linkOf(pid, 'cwd')]);
      expect(fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(`:${String(cgroup)}\n`);
    }
  });

  it('takes secrets out of command lines, unless they are asked for', async () => {
    const pid = await start(['sh', '-c', 'kill -STOP $$; true', 'x', '--token', "it's hunter2", '', '-p=1'], 'sh', '/');
    const { rows } = await rowsOf(PROCESSES);
    const row = rowOf({ rows }, pid);
    expect(row['full_argv']).toBe(`sh -c 'kill -STOP $$; true' x --token 'it'\\''s hunter2' '' -p=1`);
    expect(row['argv']).toBe('sh -c redacted redacted --token redacted redacted -p=redacted');
  });

  it('knows a command line of many pieces, and one that is empty from one that is not there', async () => {
    const scratch = makeScratch();
    const words = Array.from({ length: 200 }, (_, at) => String(at).padStart(2000, 'x'));
    const huge = await start(['sh', '-c', 'kill -STOP $$', ...words], 'sh');
    const { pid: blank } = await startMaker('blank', `${scratch}/blank`, 'nobody');
    const { child: zombie } = await zombieOf(scratch);
    const all = await rowsOf(PROCESSES);
    // Not by toEqual, which would print it all.
    expect(rowOf(all, huge)['full_argv'] === `sh -c 'kill -STOP $$' ${words.join(' ')}`).toBe(true);
    expect(rowOf(all, blank)).toMatchObject({ argv: '', comm: 'nobody' });
    expect(rowOf(all, zombie)).toMatchObject({ argv: null, exe: null, cwd: null, state: 'Z', rss_bytes: 0 });
  });

  it('tells where a process whose first thread has ended is, by the others', async () => {
    const scratch = makeScratch();
    const terminal = await openTerminal([install('leaderless', `${scratch}/bin/claude`)], { cwd: scratch });
    await waitFor('the zombie leader', () => processRow(terminal.pid)?.state === 'Z');
    const row = rowOf(await rowsOf(PROCESSES), terminal.pid);
    expect(row?.['rss_bytes']).toBeGreaterThan(0);
    expect(row).toMatchObject({
      state: 'Z',
      threads: 2,
      exe: `${scratch}/bin/claude`,
      cwd: scratch,
      argv: `${scratch}/bin/claude`,
      terminal: terminal.name,
      terminal_dev: String(terminal.dev),
      mnt_ns: inodeOf('self', 'mnt'),
    });
  });

  it('tells what is in front of a terminal, and to which session it counts', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const shell = await openShell({ cwd: home });
    shell.type(`${install('agent', `${scratch}/bin/claude`)}`);
    const agent = await programBelow(shell.pid, 'claude', inFront);
    const all = await rowsOf(PROCESSES, { homes: homesAt({ ada: home }), commands: ['claude'] });
    expect(rowOf(all, agent)).toMatchObject({ foreground: true, session: 'ada', joined_by: 'owner', sid: shell.pid });
    const narrowed = await rowsOf(PROCESSES, { homes: homesAt({ ada: home }), commands: ['claude'] }, ['pid'], 'ada');
    expect(narrowed.rows).toEqual([{ pid: agent }]);
    expect(rowOf(all, shell.pid)).toMatchObject({ foreground: false, session: null, ppid: expect.any(Number) });
  });

  it('knows processes in namespaces of their own, and their numbers there', async () => {
    const maker = await start(inPidNamespace('unshare', '-mUiu', '--map-root-user', 'sleep', '1000'), 'unshare');
    const inner = await programBelow(maker, 'sleep');
    const row = rowOf(await rowsOf(PROCESSES), inner);
    expect(row).toMatchObject({ inner_pid: 1, net_ns: inodeOf('self', 'net') });
    for (const kind of ['mnt', 'pid', 'user', 'uts', 'ipc']) {
      expect([kind, row[`${kind}_ns`]]).toEqual([kind, inodeOf(inner, kind)]);
      expect(row[`${kind}_ns`]).not.toBe(inodeOf('self', kind));
    }
  });

  it('counts as denied what another user may not see, and no kernel thread or zombie for its program', async () => {
    const scratch = makeScratch();
    const others = await start(asUser(3002, 'sleep', '1000'), 'sleep');
    const { child: zombie } = await zombieOf(scratch);
    const command = [...asUser(3001), globalThis.process.execPath, bundle(scratch, 'processes-main')];
    const tell = async (...columns: string[]) => JSON.parse(await output([...command, ...columns])) as RowsOf;
    const all = await tell('pid', 'uid', 'argv', 'exe', 'cwd');
    expect(rowOf(all, others)).toEqual({ pid: others, uid: 3002, argv: 'sleep redacted', exe: null, cwd: null });
    const denied = deniedIn(all);
    expect(denied).toContain(others);
    expect(denied).not.toContain(zombie);
    expect(all.coverage.complete).toBe(false);
    const inside = await tell('pid', 'mnt_ns');
    expect(rowOf(inside, others)).toEqual({ pid: others, mnt_ns: null });
    expect(deniedIn(inside)).toContain(others);
    expect(deniedIn(await tell('pid', 'uid', 'argv', 'cgroup', 'rss_bytes', 'cpu_ms'))).toEqual([]);
  });

  it('has nothing of a process that is reaped while it is read', async () => {
    const terminal = await openTerminal(['sleep', '1000'], { cwd: '/' });
    const read = liveProcfs().bracket(terminal.pid, (files) => {
      const before = files.readlink('exe');
      globalThis.process.kill(terminal.pid, 'SIGKILL');
      untilAtOnce(() => !isThere(terminal.pid));
      return before;
    });
    expect(read.kind).toBe('gone');
  });

  it('reads one again that starts another program meanwhile', async () => {
    const shell = await start(['sh', '-c', 'trap "exec sleep 1000" USR1; sleep 1000 & wait'], 'sh');
    let isDone = false;
    const changed = changedMachine((procfs) => ({
      bracket: (pid, read) =>
        procfs.bracket(pid, (files) => {
          const facts = read(files);
          if (pid !== shell || isDone) return facts;
          isDone = true;
          globalThis.process.kill(shell, 'SIGUSR1');
          untilAtOnce(() => processRow(shell)?.comm === 'sleep');
          return facts;
        }),
    }));
    // Not live: then it is this bracket that is used, however many processes there are.
    const machine = { ...changed, isLive: false };
    // It must have set its trap.
    await programBelow(shell, 'sleep');
    const row = rowOf(await rowsOf(PROCESSES, { machine }), shell);
    expect(isDone).toBe(true);
    expect(row).toMatchObject({ comm: 'sleep', argv: 'sleep redacted', full_argv: 'sleep 1000' });
    expect(row['exe']).toMatch(/sleep$/);
  });

  it('reads nothing but stat for what stands there', async () => {
    const { rows, coverage } = await rowsOf(PROCESSES, {}, ['pid', 'comm', 'cpu_ms', 'rss_bytes']);
    const own = rowOf({ rows }, globalThis.process.pid);
    expect(Object.keys(own)).toEqual(['pid', 'comm', 'cpu_ms', 'rss_bytes']);
    expect(own['rss_bytes']).toBeGreaterThan(10_000_000);
    expect(coverage.reasons.map(({ code }) => code)).not.toContain('process_denied');
  });
});

function deniedIn({ coverage }: RowsOf): readonly number[] {
  return coverage.reasons.find(({ code }) => code === 'process_denied')?.pids ?? [];
}

async function zombieOf(scratch: string): Promise<{ child: number }> {
  const { child } = await startMaker('zombie', `${scratch}/zombie`, '/bin/true');
  await waitFor('the zombie', () => processRow(child)?.state === 'Z');
  return { child };
}

/** Processes of every odd kind, by number. */
async function oddProcesses(scratch: string): Promise<number[]> {
  const [away] = makeDirectories(scratch, 'away');
  const copy = (name: string) => install('agent', `${scratch}/${name}`);
  const forged = await start([copy('a) R 1 1 1 3')], 'a) R 1 1 1 3');
  const broken = await start([copy('x\ny z')], 'x\ny z');
  const deletedExe = await start([copy('deleted')], 'deleted');
  fs.unlinkSync(`${scratch}/deleted`);
  const deletedCwd = await start(['sleep', '1000'], 'sleep', away);
  fs.rmdirSync(away);
  const others = await start(asUser(3001, 'sleep', '1000'), 'sleep');
  const stopped = await start(['sleep', '1000'], 'sleep');
  globalThis.process.kill(stopped, 'SIGSTOP');
  await waitFor('the stop', () => processRow(stopped)?.state === 'T');
  const { pid: parent, child: zombie } = await startMaker('zombie', `${scratch}/zombie`, '/bin/true');
  await waitFor('the zombie', () => processRow(zombie)?.state === 'Z');
  const contained = await programBelow(await start(inPidNamespace('sleep', '1000'), 'unshare'), 'sleep');
  const terminal = await openTerminal(['sleep', '1000'], { cwd: scratch });
  return [forged, broken, deletedExe, deletedCwd, others, stopped, parent, zombie, contained, terminal.pid];
}

const PS_NUMBERS = 'pid,ppid,pgid,sid,tpgid,uid,thcount,rss,times,mntns,netns,pidns,userns,utsns,ipcns,cgroupns';
const PS_FIELDS = `${PS_NUMBERS},state,tty`;

const RESTLESS = ['tpgid', 'thcount', 'rss', 'times', 'state'];

function withoutRestless(fields: readonly string[]): string[] {
  const names = PS_FIELDS.split(',');
  return fields.filter((_, at) => !RESTLESS.includes(names[at] ?? ''));
}

/** What ps tells of all processes, by number: fields that hold no blank. */
function psRows(): Map<number, readonly string[]> {
  const text = execFileSync(
    'ps',
    [
      '-ewwo',
      PS_FIELDS.replace(/(?<=,|$)|$/g, '')
        .split(',')
        .map((it) => `${it}=`)
        .join(','),
    ],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ +/));
  return new Map(rows.map((fields) => [Number(fields[0]), fields]));
}

/** The same fields of one of our rows. */
function asPsTells(row: WireObject): string[] {
  const namespaces = ['mnt', 'net', 'pid', 'user', 'uts', 'ipc', 'cgroup'].map((kind) => row[`${kind}_ns`] ?? '-');
  const tpgid = row['foreground'] === null ? '-1' : row['foreground'] ? row['pgid'] : 'another';
  const numbers = [row['pid'], row['ppid'], row['pgid'], row['sid'], tpgid, row['uid'], row['threads']];
  const usage = [Number(row['rss_bytes']) / 1024, Math.floor(Number(row['cpu_ms']) / 1000)];
  return [...numbers, ...usage, ...namespaces, row['state'], row['terminal'] ?? '?'].map(String);
}

function linkOf(pid: number, name: string): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return null;
  }
}

function inodeOf(pid: number | 'self', kind: string): string {
  return /\d+/.exec(fs.readlinkSync(`/proc/${pid}/ns/${kind}`))?.[0] ?? '';
}
