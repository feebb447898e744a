import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readActivity } from '../../src/act/activity.ts';
import type { ActivityState } from '../../src/model/activity.ts';
import { activityOn, sessionOn, toldActivity } from '../makers/activity.ts';
import { install } from '../makers/c-program.ts';
import { makeFreezer } from '../makers/freezer.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, reportOf } from '../makers/look.ts';
import { asUser, withProcMounted } from '../makers/namespaces.ts';
import { bundle, output } from '../makers/observe-elsewhere.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { inFront, openShell, openTerminal, programBelow, programIn, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const NODE = globalThis.process.execPath;
/** A full-screen program in miniature: it takes every key, and says when it is ready. */
const RAW = 'process.stdin.setRawMode(true); process.stdin.resume();';
const READY = "process.stdout.write('ready');";

/** Waits until the session on a terminal is in a state, and returns the activity that says so. */
function becomes(terminal: Terminal, state: ActivityState) {
  return waitFor(`${terminal.name} to be ${state}`, async () => {
    const activity = await activityOn(terminal);
    return activity.state === state && activity;
  });
}

async function runNode(script: string): Promise<Terminal> {
  const terminal = await openTerminal([NODE, '-e', script], { cwd: makeScratch() });
  await waitFor('the program', () => terminal.shown().includes('ready'));
  return terminal;
}

describe('readActivity()', () => {
  requires('cc');

  it('calls a shell at its prompt idle: it waits in pselect', async () => {
    const activity = await becomes(await openShell({ cwd: makeScratch() }), 'idle');
    expect(activity.reason).toMatch(/^nothing moved in \d+ ms$/);
    expect(activity.facts).toMatchObject({ waiting: { value: 'elsewhere' }, foreground: true });
    expect(activity.facts.terminal?.mode).toMatchObject({ value: { canonical: false, echo: false, isig: true } });
  });

  it('calls cat waiting for input, which sleeps in read(2) on its terminal', async () => {
    const activity = await becomes(await openTerminal(['cat'], { cwd: makeScratch() }), 'waiting_for_input');
    expect(activity.facts.terminal?.mode).toMatchObject({ value: { canonical: true, echo: true, isig: true } });
  });

  it('calls cat that reads from elsewhere idle', async () => {
    const scratch = makeScratch();
    const terminal = await openTerminal(['sh', '-c', `mkfifo ${scratch}/pipe; exec cat 0<> ${scratch}/pipe`], {
      cwd: scratch,
    });
    await waitFor('cat', () => processRow(terminal.pid)?.comm === 'cat');
    expect((await becomes(terminal, 'idle')).facts.waiting).toMatchObject({ value: 'elsewhere' });
  });

  it('calls a full-screen program at rest idle, and says for how long', async () => {
    const terminal = await runNode(RAW + READY);
    const lastUse = () => {
      const { atimeMs, mtimeMs } = fs.statSync(`/dev/${terminal.name}`);
      return Math.max(atimeMs, mtimeMs);
    };
    // The kernel moves the times on by themselves while the last bytes are on their way: a look between two equal ones.
    const [last, { facts, idleSeconds }] = await waitFor('a look at a terminal at rest', async () => {
      const before = lastUse();
      const activity = await becomes(terminal, 'idle');
      return lastUse() === before && ([before, activity] as const);
    });
    expect(facts).toMatchObject({ cpuNs: { value: 0n }, bytesRead: { value: 0n }, waiting: { value: 'elsewhere' } });
    expect(facts.terminal?.mode).toMatchObject({ value: { canonical: false, echo: false, isig: false } });
    expect(idleSeconds).toBe(Math.floor((facts.observedAt.getTime() - last) / 1000));
  });

  it('calls a loop busy by its CPU time', async () => {
    const terminal = await openTerminal(['sh', '-c', 'while :; do :; done'], { cwd: makeScratch() });
    expect((await becomes(terminal, 'busy')).reason).toMatch(/^it used \d+\.\d ms of CPU time in \d+ ms$/);
  });

  it('calls a thread that computes beside a waiting one busy', async () => {
    const worker = `new (require('worker_threads').Worker)('for (;;);', { eval: true });`;
    const terminal = await runNode(RAW + worker + READY);
    expect((await becomes(terminal, 'busy')).reason).toMatch(/CPU time/);
  });

  it('calls a program busy that computes in threads that come and go', async () => {
    const scratch = makeScratch();
    const terminal = await openTerminal([install('short-threads', `${scratch}/bin/claude`)], { cwd: scratch });
    // One of them has used at most 8 ms: of a second that is next to nothing.
    const { state, reason } = await activityOn(terminal, 1000);
    expect([state, reason]).toEqual(['busy', expect.stringMatching(/^it used \d{2,4}\.0 ms of CPU time in \d+ ms$/)]);
  });

  it('calls a spinner busy by its output, though it uses next to no CPU time', async () => {
    const terminal = await runNode(`${RAW}${READY} setInterval(() => process.stdout.write('|\\b'), 80);`);
    const activity = await waitFor('an activity', async () => {
      const told = await activityOn(terminal, 1000);
      return told.reason.includes('written to') && told;
    });
    expect(activity.state).toBe('busy');
    const { terminal: seen } = activity.facts;
    const writes = seen?.writes.kind === 'value' ? seen.writes.value : 0;
    expect(writes).toBeGreaterThan(2);
    expect(writes).toBeLessThanOrEqual(14);
  });

  it('does not take the echo of what is typed for output', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    await becomes(terminal, 'waiting_for_input');
    const told = activityOn(terminal, 400);
    const typing = setInterval(() => terminal.press('x'), 20);
    const { facts } = await told;
    clearInterval(typing);
    expect(facts.terminal?.writes).toEqual({ kind: 'value', value: 0 });
    expect(terminal.shown()).toContain('xx');
  });

  it('calls a program busy that does not come to read its input', async () => {
    const terminal = await openTerminal(['sleep', '1000'], { cwd: makeScratch() });
    await becomes(terminal, 'idle');
    terminal.type('hello');
    expect((await becomes(terminal, 'busy')).reason).toBe('6 typed bytes wait to be read');
  });

  it('calls a program busy that reads bytes and shows nothing', async () => {
    const pipe = `${makeScratch()}/pipe`;
    execFileSync('mkfifo', [pipe]);
    const terminal = await runNode(`${RAW} require('fs').createReadStream('${pipe}').resume(); ${READY}`);
    const writer = fs.openSync(pipe, 'w');
    onTestFinished(() => fs.closeSync(writer));
    await becomes(terminal, 'idle');
    const stream = setInterval(() => fs.writeSync(writer, 'x'.repeat(100)), 50);
    onTestFinished(() => clearInterval(stream));
    const { state } = await waitFor('the bytes', async () => {
      const activity = await activityOn(terminal);
      return /^it read \d{3,} bytes in \d+ ms$/.test(activity.reason) && activity;
    });
    expect(state).toBe('busy');
  });

  it('takes a quiet tool of the present turn for work, and a helper that came with the session for none', async () => {
    const script = `${RAW} const run = () => require('child_process').spawn('sleep', ['1000']); run();
      process.stdin.on('data', (key) => { if (String(key) === 't') run(); });`;
    const terminal = await runNode(script + READY);
    const helper = await programBelow(terminal.pid, 'sleep');
    const atRest = await becomes(terminal, 'idle');
    expect(atRest.facts.children).toMatchObject({ value: [{ pid: helper, command: { text: 'sleep' }, cpuNs: 0n }] });
    const { startedAt } = atRest.facts;
    await waitFor('an input that is stamped five seconds after the start', () => {
      terminal.press(' ');
      return fs.statSync(`/dev/${terminal.name}`).atimeMs - (startedAt?.getTime() ?? 0) >= 5000;
    });
    expect((await becomes(terminal, 'idle')).facts.children).toMatchObject({ value: [{ pid: helper }] });
    terminal.press('t');
    const tool = await programBelow(terminal.pid, 'sleep', ({ pid }) => pid !== helper);
    expect((await becomes(terminal, 'busy')).reason).toMatch(
      new RegExp(`^its child ${tool} \\(sleep\\) has been running for \\d+ s$`),
    );
  });

  it('takes a child that computes for work, whoever its parent is', async () => {
    const terminal = await runNode(
      `${RAW}${READY} require('child_process').spawn('sh', ['-c', 'sh -c "while :; do :; done"; true']);`,
    );
    await becomes(terminal, 'busy');
    expect((await activityOn(terminal)).reason).toMatch(/^its child \d+ \(sh\) used \d+\.\d ms of CPU time/);
  });

  it('calls a session stopped after Ctrl-Z', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'ada');
    const claude = install('agent', `${scratch}/bin/claude`);
    const shell = await openShell({ cwd: home });
    shell.type(claude);
    await programBelow(shell.pid, 'claude', inFront);
    shell.press('\x1a');
    await programBelow(shell.pid, 'claude', ({ state }) => state === 'T');
    const { session } = reportOf(await lookAt({ ada: home }, { identifyPrograms: true }), 'ada');
    if (!session) throw new Error('no session');
    const activity = toldActivity(await readActivity(session, { commands: ['claude'] }));
    expect(activity).toMatchObject({ state: 'stopped', facts: { foreground: false, state: 'T' } });
  });

  it('says of a survivor without a terminal what it does', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'ada');
    const claude = install('agent', `${scratch}/bin/claude`);
    const shell = await openShell({ cwd: home });
    shell.type(`(trap '' HUP; exec ${claude} < /dev/null) &`);
    const pid = await programIn(home, 'claude');
    await shell.hangUp();
    await waitFor('the hang-up', () => processRow(pid)?.ttyNr === 0);
    const { session } = reportOf(await lookAt({ ada: home }, { identifyPrograms: true }), 'ada');
    if (!session) throw new Error('no session');
    const activity = toldActivity(await readActivity(session, { commands: ['claude'] }));
    expect(activity).toMatchObject({ state: 'idle', idleSeconds: null, facts: { terminal: null, foreground: null } });
    expect(activity.reason).toMatch(/it has no terminal$/);
  });

  it('refuses where the session has become another program', async () => {
    const terminal = await openTerminal(['sh', '-c', 'read x; exec sleep 1000'], { cwd: makeScratch() });
    const session = await sessionOn(terminal);
    terminal.type('');
    await waitFor('sleep', () => processRow(terminal.pid)?.comm === 'sleep');
    expect(await readActivity(session, { commands: null })).toMatchObject({ outcome: 'refused', reason: 'changed' });
  });

  it('refuses where the session has ended meanwhile', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const session = await sessionOn(terminal);
    const told = readActivity(session, { commands: null, windowMs: 2000 });
    globalThis.process.kill(terminal.pid, 'SIGKILL');
    expect(await told).toMatchObject({ outcome: 'refused', reason: 'ended' });
  });

  it('ends with its signal, and lets go of everything', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    const abort = new AbortController();
    const told = readActivity(await sessionOn(terminal), { commands: null, windowMs: 60_000, signal: abort.signal });
    abort.abort();
    await expect(told).rejects.toThrow(/abort/);
  });
});

describe('readActivity() in a frozen control group', () => {
  requires('cc', 'root', 'a freezer');

  it('calls a session stopped, which looks as if it slept', async () => {
    const terminal = await openTerminal(['cat'], { cwd: makeScratch() });
    await becomes(terminal, 'waiting_for_input');
    const group = makeFreezer(terminal.pid);
    expect((await activityOn(terminal)).state).toBe('waiting_for_input');
    await group.freeze();
    expect(await activityOn(terminal)).toMatchObject({ state: 'stopped', reason: 'its control group is frozen' });
  });
});

describe('a window on another user’s session', () => {
  requires('cc', 'root', 'setpriv', 'a node for every user');

  const LOOKER = 3001;
  const OTHER = 3002;

  async function lookAs(uid: number, ...through: readonly string[]): Promise<Record<string, string>> {
    const scratch = makeScratch();
    const terminal = await openTerminal(asUser(uid, 'cat'), { cwd: '/' });
    await waitFor('cat', () => processRow(terminal.pid)?.comm === 'cat');
    // Whose terminal it is decides who may read it, and a terminal emulator gives it to its user.
    fs.chownSync(`/dev/${terminal.name}`, uid, uid);
    const command = [...through, ...asUser(LOOKER, NODE, bundle(scratch, 'activity-main'), String(terminal.pid))];
    return JSON.parse(await output(command)) as Record<string, string>;
  }

  it('is denied what could tell that it is idle', async () => {
    expect(await lookAs(OTHER)).toEqual({
      bytesRead: 'denied',
      children: 'value',
      cpuNs: 'value',
      frozen: 'value',
      waiting: 'denied',
      times: 'denied',
      unreadBytes: 'denied',
      writes: 'denied',
    });
  });

  it('sees all of its own', async () => {
    const seen = await lookAs(LOOKER);
    // Yama may deny the system call, and nothing else.
    expect({ ...seen, waiting: '' }).toEqual({
      bytesRead: 'value',
      children: 'value',
      cpuNs: 'value',
      frozen: 'value',
      waiting: '',
      times: 'value',
      unreadBytes: 'value',
      writes: 'value',
    });
  });

  it('does not rely on children where /proc hides those of others', async () => {
    const seen = await lookAs(LOOKER, ...withProcMounted('hidepid=2'));
    expect(seen).toMatchObject({ children: 'denied', cpuNs: 'value' });
  });
});
