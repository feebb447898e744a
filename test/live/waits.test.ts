import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readActivity } from '../../src/act/activity.ts';
import { waitForIdle } from '../../src/act/wait-idle.ts';
import { waitForOutput } from '../../src/act/wait-output.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { observe } from '../../src/observe.ts';
import { activityOn, sessionOn, toldActivity } from '../makers/activity.ts';
import { changedMachine } from '../makers/changed-machine.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { inMountNamespace } from '../makers/namespaces.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const ANY = { commands: null };
const NODE = globalThis.process.execPath;

describe('waitForOutput()', () => {
  requires('cc');

  it('is told of a write in milliseconds, and not of the echo of what is typed', async () => {
    const pipe = `${makeScratch()}/pipe`;
    const run = `mkfifo ${pipe}; read x < ${pipe}; echo written; read y`;
    const terminal = await openTerminal(['sh', '-c', run], { cwd: '/' });
    await waitFor('the pipe', () => fs.existsSync(pipe));
    let told = false;
    const output = waitForOutput(await sessionOn(terminal), ANY).finally(() => {
      told = true;
    });
    terminal.press('typed');
    await waitFor('the echo', () => terminal.shown().includes('typed'));
    await activityOn(terminal, 300);
    expect(told).toBe(false);
    fs.writeFileSync(pipe, 'go\n');
    const begun = performance.now();
    expect(await output).toMatchObject({ outcome: 'output' });
    expect(performance.now() - begun).toBeLessThan(1000);
    await waitFor('what was written', () => terminal.shown().includes('written'));
  });

  it('does not take a change of the terminal’s owner or mode for output', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const output = waitForOutput(await sessionOn(terminal), { ...ANY, timeoutMs: 1500 });
    const changing = setInterval(() => fs.chmodSync(`/dev/${terminal.name}`, 0o620), 20);
    expect(await output).toMatchObject({ outcome: 'timeout' });
    clearInterval(changing);
  });

  it('takes as long as it was given, and no longer', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const result = await waitForOutput(await sessionOn(terminal), { ...ANY, timeoutMs: 300 });
    expect(result).toMatchObject({ outcome: 'timeout' });
    if (result.outcome === 'timeout') expect(result.waitedMs).toBeGreaterThanOrEqual(299);
  });

  it('ends with the session', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const output = waitForOutput(await sessionOn(terminal), ANY);
    await activityOn(terminal);
    globalThis.process.kill(terminal.pid, 'SIGKILL');
    expect(await output).toMatchObject({ outcome: 'exited' });
  });

  it('ends with its terminal', async () => {
    const run = "process.on('SIGHUP', () => {}); setInterval(() => {}, 1000); process.stdout.write('ready');";
    const terminal = await openTerminal([NODE, '-e', run], { cwd: makeScratch() });
    await waitFor('the program', () => terminal.shown().includes('ready'));
    const output = waitForOutput(await sessionOn(terminal), ANY);
    await activityOn(terminal);
    await terminal.hangUp();
    expect(await output).toMatchObject({ outcome: 'refused', reason: 'changed' });
  });

  it('ends with its signal', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const abort = new AbortController();
    const output = waitForOutput(await sessionOn(terminal), { ...ANY, signal: abort.signal });
    const ended = expect(output).rejects.toThrow('enough');
    await activityOn(terminal);
    abort.abort(new Error('enough'));
    await ended;
    const late = waitForOutput(await sessionOn(terminal), { ...ANY, signal: abort.signal });
    await expect(late).rejects.toThrow('enough');
  });

  it('refuses a time that is none', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    await expect(waitForOutput(await sessionOn(terminal), { ...ANY, timeoutMs: Number.NaN })).rejects.toThrow(
      /timeoutMs: NaN is no time to wait/,
    );
  });
});

describe('waitForOutput() where terminals have one name', () => {
  requires('cc', 'root', 'script', 'mount namespaces');

  /** cat on the first terminal of a devpts instance of its own, which shows what is written to its pipe. */
  async function catOnOwnDevpts(pipe: string) {
    execFileSync('mkfifo', [pipe]);
    const script = [
      'mount -t devpts -o newinstance,ptmxmode=0666 none /dev/pts; mount --bind /dev/pts/ptmx /dev/ptmx',
      `exec script -qc "exec cat 0<> ${pipe}" /dev/null`,
    ].join('; ');
    const outer = await openTerminal(inMountNamespace(script), { cwd: '/' });
    const pid = await programBelow(outer.pid, 'cat');
    const session = (await observe()).sessions.find((it) => it.pid === pid);
    if (!session) throw new Error('no session');
    return { session, show: (text: string) => fs.writeFileSync(pipe, text), shown: outer.shown };
  }

  it('is told of its own devpts instance, and of no other', async () => {
    const scratch = makeScratch();
    const [ada, bob] = [await catOnOwnDevpts(`${scratch}/ada`), await catOnOwnDevpts(`${scratch}/bob`)];
    expect([ada.session.terminal?.name, bob.session.terminal?.name]).toEqual(['pts/0', 'pts/0']);
    const output = waitForOutput(ada.session, { ...ANY, timeoutMs: 1000 });
    bob.show('hello');
    await waitFor('the other’s output', () => bob.shown().includes('hello'));
    expect(await output).toMatchObject({ outcome: 'timeout' });
    const own = waitForOutput(ada.session, ANY);
    toldActivity(await readActivity(bob.session, ANY));
    ada.show('hello');
    expect(await own).toMatchObject({ outcome: 'output' });
  });
});

describe('waitForIdle()', () => {
  requires('cc');

  it('waits until a spinner has rested for a whole window', async () => {
    const run = `const spinner = setInterval(() => process.stdout.write('|'), 80);
      process.stdin.setRawMode(true);
      process.stdin.on('data', () => { clearInterval(spinner); console.log('last'); });`;
    const terminal = await openTerminal([NODE, '-e', run], { cwd: makeScratch() });
    await waitFor('the spinner', () => terminal.shown().includes('||'));
    let told = false;
    const idle = waitForIdle(await sessionOn(terminal), { ...ANY, forSeconds: 0.6 }).finally(() => {
      told = true;
    });
    await activityOn(terminal, 1500);
    expect(told).toBe(false);
    terminal.press('x');
    await waitFor('its last word', () => terminal.shown().includes('last'));
    const begun = performance.now();
    const result = await idle;
    expect(result).toMatchObject({ outcome: 'idle', activity: { state: 'idle' } });
    if (result.outcome === 'idle') expect(result.activity.facts.windowMs).toBeGreaterThanOrEqual(599);
    // The last write is told a moment before we see it; a window and the shortest one are all that it takes.
    expect(performance.now() - begun).toBeGreaterThan(500);
  });

  it('takes a session that waits for a line for idle', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const result = await waitForIdle(await sessionOn(terminal), { ...ANY, forSeconds: 0.3 });
    expect(result).toMatchObject({ outcome: 'idle', activity: { state: 'waiting_for_input' } });
  });

  it('says what a session was doing when the time was over', async () => {
    const terminal = await openTerminal(['sh', '-c', 'while :; do :; done'], { cwd: makeScratch() });
    const result = await waitForIdle(await sessionOn(terminal), { ...ANY, forSeconds: 0.3, timeoutMs: 800 });
    expect(result).toMatchObject({ outcome: 'timeout', activity: { state: 'busy' } });
  });

  it('does not call a session idle that has rested for less than a window', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const result = await waitForIdle(await sessionOn(terminal), { ...ANY, forSeconds: 60, timeoutMs: 500 });
    expect(result).toMatchObject({ outcome: 'timeout', activity: { state: 'waiting_for_input' } });
  });

  it('does not take a stopped session for idle, and ends with it', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const session = await sessionOn(terminal);
    globalThis.process.kill(terminal.pid, 'SIGSTOP');
    await waitFor('the stop', async () => (await activityOn(terminal)).state === 'stopped');
    let told = false;
    const idle = waitForIdle(session, { ...ANY, forSeconds: 0.2 }).finally(() => {
      told = true;
    });
    await activityOn(terminal, 800);
    expect(told).toBe(false);
    globalThis.process.kill(terminal.pid, 'SIGKILL');
    expect(await idle).toMatchObject({ outcome: 'exited' });
  });

  it('ends with its signal', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const abort = new AbortController();
    const idle = waitForIdle(await sessionOn(terminal), { ...ANY, forSeconds: 60, signal: abort.signal });
    const ended = expect(idle).rejects.toThrow('enough');
    await activityOn(terminal);
    abort.abort(new Error('enough'));
    await ended;
  });

  it('lets go of everything where the machine has no means left to look', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const session = await sessionOn(terminal);
    const lack = new PlumblineError('blind', 'this process may open no more files');
    const list = () => {
      throw lack;
    };
    const before = fs.readdirSync('/proc/self/fd').length;
    const timers = () => globalThis.process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length;
    const timersBefore = timers();
    await expect(waitForIdle(session, { ...ANY, machine: changedMachine(() => ({ list })) })).rejects.toBe(lack);
    await waitFor('its descriptors to be closed', () => fs.readdirSync('/proc/self/fd').length <= before);
    await waitFor('its timers to be stopped', () => timers() <= timersBefore);
  });

  it('refuses a window that is none', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    await expect(waitForIdle(await sessionOn(terminal), { ...ANY, forSeconds: 0 })).rejects.toThrow(/forSeconds: 0/);
  });
});
