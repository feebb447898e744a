/** Waiting for the end of a session, by the built command. */

import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import type { Ran } from '../makers/child-output.ts';
import { makeMemoryCgroup } from '../makers/memory-cgroup.ts';
import { asUser } from '../makers/namespaces.ts';
import { allPids, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet } from './plumb.ts';

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

/** Starts a wait, and waits until it holds the process. */
async function waiting(
  words: readonly string[],
  user?: number,
): Promise<{ readonly done: Promise<Ran>; readonly pid: number }> {
  const before = new Set(allPids());
  const done = fleet.plumb(['wait', ...words], { ...(user !== undefined && { user }) });
  const pid = await waitFor('the wait to hold its process', () => {
    return allPids().find((it) => !before.has(it) && holdsPidfd(it));
  });
  return { done, pid };
}

function holdsPidfd(pid: number): boolean {
  try {
    const links = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
    // The eventfd of its thread is opened last.
    const eventfds = links.filter((link) => link.includes('eventfd'));
    return links.some((link) => link.includes('pidfd')) && eventfds.length > 0 && isPolling(pid);
  } catch {
    return false;
  }
}

/** Whether one of its threads sleeps in poll(2). */
function isPolling(pid: number): boolean {
  return fs.readdirSync(`/proc/${pid}/task`).some((tid) => {
    return fs.readFileSync(`/proc/${pid}/task/${tid}/syscall`, 'latin1').startsWith(POLL);
  });
}

/** The number of poll(2), or of ppoll(2) where there is no poll(2), as /proc/<pid>/syscall begins with it. */
const POLL = globalThis.process.arch === 'x64' ? '7 ' : '73 ';

describe('plumb wait --for exit', () => {
  requires('root');

  it('ends when the session does, and says how', async () => {
    const pid = await fleet.start(fleet.home('ada'));
    const { done } = await waiting(['ada', '--for', 'exit', ...fleet.flags]);
    process.kill(pid, 'SIGKILL');
    expect(await done).toEqual({ code: 0, stdout: `ada\t${pid}\tsignal\tSIGKILL\n`, stderr: '' });
  });

  it('says it as JSON, with the evidence', async () => {
    const pid = await fleet.start(fleet.home('bob'));
    const { done } = await waiting(['bob', '--for', 'exit', '--json', ...fleet.flags]);
    process.kill(pid, 'SIGTERM');
    const { code, stdout } = await done;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema_version: 1,
      outcome: 'exited',
      name: 'bob',
      pid,
      cause: 'signal',
      exit_code: null,
      signal: 'SIGTERM',
      core_dumped: false,
      why: null,
      evidence: [{ value: 'signal 15' }],
    });
  });

  it('tells an end that came in time, though plumb was stopped until the time was over', async () => {
    const pid = await fleet.start(fleet.home('dora'));
    const begun = performance.now();
    const { done, pid: plumb } = await waiting(['dora', '--for', 'exit', '--timeout', '2s', ...fleet.flags]);
    process.kill(plumb, 'SIGSTOP');
    process.kill(pid, 'SIGKILL');
    await waitFor('the time to be over', () => performance.now() - begun > 4000);
    process.kill(plumb, 'SIGCONT');
    expect(await done).toMatchObject({ code: 0, stdout: `dora\t${pid}\tsignal\tSIGKILL\n` });
  });

  it('waits without homes too, by the label of a terminal', async () => {
    const directory = fleet.path('label-of-its-own');
    fs.mkdirSync(directory);
    await fleet.start(directory, undefined, ['0.7']);
    const ran = await fleet.plumb(['wait', 'label-of-its-own', '--for', 'exit', '--timeout', '20s', '-o', 'table']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^label-of-its-own: \d+ exited with 0\n$/);
  });

  it('gives up in time with 1, and leaves the session alone', async () => {
    const pid = await fleet.start(fleet.home('cleo'));
    const ran = await fleet.plumb(['wait', 'cleo', '--for', 'exit', '--timeout', '100ms', ...fleet.flags]);
    expect(ran).toEqual({ code: 1, stdout: '', stderr: 'plumb: cleo: no exit in 100ms\n' });
    expect(processRow(pid)).not.toBeNull();
  });

  it.each([
    [['--for', 'exti'], 'did you mean --for exit?'],
    [['--for', 'constructor'], '--for exit'],
    [[], 'wait for what?'],
    [['--for', 'exit', '--timeout', '5'], '--timeout: 5 is no duration'],
    [['--for', 'exit', '--timeout', '30d'], '--timeout: 30d is no duration of 1ms up to 24d'],
  ])('refuses %j', async (words, message) => {
    const { code, stdout, stderr } = await fleet.plumb(['wait', 'ada', ...words, ...fleet.flags]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('says where there is no session', async () => {
    fleet.home('empty');
    const { code, stderr } = await fleet.plumb(['wait', 'empty', '--for', 'exit', ...fleet.flags]);
    expect([1, 3]).toContain(code);
    expect(stderr).toContain('empty');
  });
});

describe('plumb wait --for idle', () => {
  requires('root');

  it('says which session rests, and what it was doing where it did not rest in time', async () => {
    const pid = await fleet.start(fleet.home('eve'));
    const idle = await fleet.plumb(['wait', 'eve', '--for', 'idle', '--json', ...fleet.flags]);
    expect(JSON.parse(idle.stdout)).toMatchObject({ outcome: 'idle', name: 'eve', pid, activity: { state: 'idle' } });
    process.kill(pid, 'SIGSTOP');
    await waitFor('the stop', () => processRow(pid)?.state === 'T');
    const stopped = await fleet.plumb(['wait', 'eve', '--for', 'idle', '--timeout', '300ms', ...fleet.flags]);
    const stderr =
      'plumb: eve: no idle in 300ms; at the end it was stopped: a signal has stopped it (Ctrl-Z, SIGSTOP)\n';
    expect(stopped).toEqual({ code: 1, stdout: '', stderr });
  });
});

describe('plumb wait --for exit for lack of memory', () => {
  requires('cc', 'root', 'setpriv', 'a node for every user', 'the whole machine', 'a memory cgroup');
  const USER = 3001;

  it('is proven by the counter of its cgroup, where the messages of the kernel may not be read', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const terminal = await openTerminal(asUser(USER, install('agent', `${scratch}/bin/${fleet.command}`)), {
      cwd: home,
    });
    await waitFor('the agent', () => processRow(terminal.pid)?.comm === fleet.command);
    makeMemoryCgroup(32 * 1024 * 1024).add(terminal.pid);
    const flags = ['--home', `${scratch}/homes/*`, '--command', fleet.command];
    const { done } = await waiting(['ada', '--for', 'exit', '--json', ...flags], USER);
    terminal.type('exec tail /dev/zero');
    const { code, stdout } = await done;
    expect(code).toBe(0);
    const { cause, signal, evidence } = JSON.parse(stdout);
    expect({ cause, signal }).toEqual({ cause: 'oom', signal: 'SIGKILL' });
    const kmsg = evidence.find((it: { source: string }) => it.source === '/dev/kmsg');
    expect(kmsg).toMatchObject({ fact: 'the messages of the kernel may not be read', value: 'EPERM' });
  });
});
