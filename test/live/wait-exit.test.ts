import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type WaitedForExit, waitForExit } from '../../src/act/wait-exit.ts';
import type { Machine } from '../../src/kernel/machine.ts';
import type { HeldProcess } from '../../src/kernel/procfs.ts';
import { type Outcome, value } from '../../src/model/outcome.ts';
import type { Session } from '../../src/model/session.ts';
import { install } from '../makers/c-program.ts';
import { changedMachine } from '../makers/changed-machine.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, reportOf } from '../makers/look.ts';
import { makeMemoryCgroup } from '../makers/memory-cgroup.ts';
import { bundleWithKoffi } from '../makers/observe-elsewhere.ts';
import { hasEnded, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

async function startAgent(program: 'agent' | 'leaderless' = 'agent') {
  const scratch = makeScratch();
  const [home] = makeDirectories(scratch, 'homes/ada');
  const terminal = await openTerminal([install(program, `${scratch}/bin/claude`)], { cwd: home });
  return { scratch, home, terminal, session: await sessionAt(home) };
}

async function sessionAt(home: string): Promise<Session> {
  const { session } = reportOf(await lookAt({ ada: home }), 'ada');
  if (!session) throw new Error('there is no session');
  return session;
}

/** How many pidfds this program holds: a wait that has ended holds none. libuv has eventfds of its own. */
function pidfds(kind: 'pidfd' | 'eventfd' = 'pidfd'): number {
  const links = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.includes(kind)).length;
}

/** Waits until the wait is under way: its thread sleeps in poll(2) on what it holds. */
async function begin(
  session: Session,
  options: Parameters<typeof waitForExit>[1] = {},
): Promise<{ done: Promise<WaitedForExit> }> {
  const before = pidfds();
  const done = waitForExit(session, { timeoutMs: 30_000, ...options });
  await waitFor('the wait to hold its process', () => pidfds() > before);
  return { done };
}

/** Who may not trace a process is told by the link of its program. */
function whoMayNotTrace(): Machine {
  const open = (opened: Outcome<HeldProcess>): Outcome<HeldProcess> => {
    if (opened.kind !== 'value') return opened;
    const held = opened.value;
    return value({
      fd: held.fd,
      read: (name) => held.read(name),
      readlink: () => ({ kind: 'denied', errno: 'EACCES' }),
      stat: (name) => held.stat(name),
      list: (name) => held.list(name),
      owner: () => held.owner(),
      hold: (name) => held.hold(name),
      close: () => held.close(),
    });
  };
  return changedMachine((procfs) => ({ open: (pid) => open(procfs.open(pid)) }));
}

describe('waitForExit()', () => {
  requires('cc');

  it('says which signal has ended it, and that nobody knows whose it was', async () => {
    const { terminal, session } = await startAgent();
    const { done } = await begin(session);
    process.kill(terminal.pid, 'SIGKILL');
    expect(await done).toMatchObject({
      outcome: 'exited',
      pid: terminal.pid,
      cause: { kind: 'signal', signal: 'SIGKILL', coreDumped: false },
    });
    expect(pidfds()).toBe(0);
  });

  it.each([
    ['exit 42', { kind: 'exit', code: 42 }],
    ['exit 0', { kind: 'exit', code: 0 }],
    ['ulimit -c unlimited; kill -SEGV $$', { kind: 'signal', signal: 'SIGSEGV', coreDumped: true }],
    ['ulimit -c 0; kill -SEGV $$', { kind: 'signal', signal: 'SIGSEGV', coreDumped: false }],
    ['kill -TERM $$', { kind: 'signal', signal: 'SIGTERM', coreDumped: false }],
  ])('says how a process ends, whatever it runs by then: %s', async (script, cause) => {
    const { scratch, terminal, session } = await startAgent();
    const { done } = await begin(session);
    fs.writeFileSync(`${scratch}/end.sh`, `cd ${scratch}; ${script}\n`);
    terminal.type(`exec sh ${scratch}/end.sh`);
    expect(await done).toMatchObject({ outcome: 'exited', cause });
  });

  it('learns it from the kernel, where it may not be read, once the parent has reaped it', async () => {
    const { terminal, session } = await startAgent();
    const { done } = await begin(session, { machine: whoMayNotTrace() });
    terminal.type('exec false');
    const exited = await done;
    expect(exited).toMatchObject({ outcome: 'exited', cause: { kind: 'exit', code: 1 } });
    expect('evidence' in exited && exited.evidence[0]?.source).toBe('ioctl(PIDFD_GET_INFO)');
  });

  it('is not ended while one of its threads lives, though the first one has', async () => {
    const { terminal, session } = await startAgent('leaderless');
    await waitFor('the zombie leader', () => processRow(terminal.pid)?.state === 'Z');
    expect(await waitForExit(session, { timeoutMs: 50 })).toMatchObject({ outcome: 'timeout' });
    const { done } = await begin(session);
    process.kill(terminal.pid, 'SIGTERM');
    expect(await done).toMatchObject({ cause: { kind: 'signal', signal: 'SIGTERM' } });
  });

  describe('with a parent that never reaps', () => {
    async function startZombie(): Promise<{ readonly pid: number; readonly parent: Terminal; readonly home: string }> {
      const scratch = makeScratch();
      const [home] = makeDirectories(scratch, 'homes/ada');
      const run = [install('zombie', `${scratch}/bin/parent`), install('agent', `${scratch}/bin/claude`)];
      const parent = await openTerminal(run, { cwd: home });
      return { pid: await programBelow(parent.pid, 'claude'), parent, home };
    }

    it('reads it from the zombie', async () => {
      const { pid, home } = await startZombie();
      const { done } = await begin(await sessionAt(home));
      process.kill(pid, 'SIGUSR1');
      expect(await done).toMatchObject({ cause: { kind: 'signal', signal: 'SIGUSR1' } });
      expect(processRow(pid)?.state).toBe('Z');
    });

    it('does not take the 0 that strangers are shown for an exit code', async () => {
      const { pid, home } = await startZombie();
      const { done } = await begin(await sessionAt(home), { machine: whoMayNotTrace() });
      process.kill(pid, 'SIGUSR1');
      const exited = await done;
      expect(exited).toMatchObject({ outcome: 'exited', cause: { kind: 'unknown' } });
      expect(JSON.stringify(exited, (_, it) => (String(it) === '[object Object]' ? it : it?.toString()))).toContain(
        'not reaped',
      );
      expect(processRow(pid)?.state).toBe('Z');
    });
  });

  it('has ended where it had before it could be held', async () => {
    const { terminal, session } = await startAgent();
    process.kill(terminal.pid, 'SIGKILL');
    await terminal.hangUp();
    await waitFor('its end', () => processRow(terminal.pid) === null);
    expect(await waitForExit(session)).toMatchObject({ outcome: 'exited', cause: { kind: 'unknown' } });
  });

  it('does not wait for another process of the same number', async () => {
    const { session } = await startAgent();
    const younger = { ...session, startTimeTicks: (session.startTimeTicks ?? 0n) - 1n };
    expect(await waitForExit(younger)).toMatchObject({ outcome: 'exited', cause: { kind: 'unknown' } });
  });

  it('ends when it is told to, at once, and lets go of everything', async () => {
    const { terminal, session } = await startAgent();
    const controller = new AbortController();
    const eventfds = pidfds('eventfd');
    const { done } = await begin(session, { signal: controller.signal });
    const begun = performance.now();
    controller.abort();
    await expect(done).rejects.toBe(controller.signal.reason);
    expect(performance.now() - begun).toBeLessThan(1000);
    await expect(waitForExit(session, { signal: controller.signal })).rejects.toBe(controller.signal.reason);
    await waitFor('its descriptors to be closed', () => pidfds() === 0 && pidfds('eventfd') === eventfds);
    expect(hasEnded(terminal.pid)).toBe(false);
  });

  it('waits for many with one thread: files can still be read', async () => {
    const { terminal, session } = await startAgent();
    const waits = Array.from({ length: 40 }, () => waitForExit(session, { timeoutMs: 30_000 }));
    await waitFor('all to hold it', () => pidfds() === 40);
    expect(await fs.promises.readFile('/proc/self/comm', 'utf8')).not.toBe('');
    process.kill(terminal.pid, 'SIGKILL');
    const all = await Promise.all(waits);
    expect(new Set(all.map(({ outcome }) => outcome))).toEqual(new Set(['exited']));
    await waitFor('its descriptors to be closed', () => pidfds() === 0);
  });

  it.each(['exit', 'throw'])('does not keep a program that ends meanwhile: by %s', async (how) => {
    const { scratch, terminal, session } = await startAgent();
    const main = bundleWithKoffi(scratch, 'wait-leave-main');
    const started = String(session.startTimeTicks);
    const child = spawn(process.execPath, [main, String(terminal.pid), started, how], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(how === 'exit' ? 3 : 1);
    expect(hasEnded(terminal.pid)).toBe(false);
  });

  it('refuses a time that is none', async () => {
    const { session } = await startAgent();
    for (const timeoutMs of [-1, Number.NaN, 2 ** 31]) {
      await expect(waitForExit(session, { timeoutMs })).rejects.toMatchObject({ code: 'usage' });
    }
  });
});

describe('waitForExit() for lack of memory', () => {
  requires('cc', 'root', 'a memory cgroup');
  const LIMIT_BYTES = 32 * 1024 * 1024;

  it('says so with the message and the counters of the kernel', async () => {
    const { terminal, session } = await startAgent();
    const cgroup = makeMemoryCgroup(LIMIT_BYTES);
    cgroup.add(terminal.pid);
    const { done } = await begin(session);
    terminal.type('exec tail /dev/zero');
    const exited = await done;
    expect(exited).toMatchObject({ outcome: 'exited', cause: { kind: 'oom', signal: 'SIGKILL' } });
    const sources = 'evidence' in exited ? exited.evidence.map(({ source }) => source) : [];
    expect(sources).toContain('/proc/vmstat');
    expect(sources.some((source) => source.startsWith(cgroup.path))).toBe(true);
  });

  it('does not say so of one that somebody killed while another ran out of memory beside it', async () => {
    const { terminal, session } = await startAgent();
    const cgroup = makeMemoryCgroup(LIMIT_BYTES);
    const { done } = await begin(session);
    // What is started from a shell in the cgroup is in it from the first page on.
    cgroup.add(terminal.pid);
    const script = 'echo $$ > "$0/cgroup.procs"; exec tail /dev/zero';
    expect(() => execFileSync('sh', ['-c', script, cgroup.path], { stdio: 'ignore' })).toThrow();
    process.kill(terminal.pid, 'SIGKILL');
    expect(await done).toMatchObject({ cause: { kind: 'signal', signal: 'SIGKILL' } });
  });
});
