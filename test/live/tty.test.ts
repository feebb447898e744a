import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadPidfds } from '../../src/kernel/native/pidfd.ts';
import { loadTty, type TtyCalls } from '../../src/kernel/native/tty.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { bundleWithKoffi } from '../makers/observe-elsewhere.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { inFront, openShell, openTerminal, programBelow, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const SLAVE = fs.constants.O_RDWR | fs.constants.O_NOCTTY | fs.constants.O_NONBLOCK;

describe('what a terminal is asked', () => {
  requires('cc');

  it('tells the foreground group, the session and the number of a master that another process holds', async () => {
    const tty = await loadTty();
    const shell = await openShell({ cwd: makeScratch() });
    const master = await takeMaster(shell);
    expect(told(tty.index(master))).toBe(shell.index);
    expect(told(tty.session(master))).toBe(shell.pid);
    expect(told(tty.foregroundGroup(master))).toBe(shell.pid);
    shell.type('sleep 1000');
    const job = await programBelow(shell.pid, 'sleep', inFront);
    expect(told(tty.foregroundGroup(master))).toBe(job);
  });

  it('says whose slave is not our own controlling terminal: nothing', async () => {
    const tty = await loadTty();
    const slave = openSlave(await openTerminal(['sleep', '1000'], { cwd: makeScratch() }));
    expect(tty.foregroundGroup(slave)).toEqual({ kind: 'unsupported', errno: 'ENOTTY' });
    expect(tty.session(slave)).toEqual({ kind: 'unsupported', errno: 'ENOTTY' });
  });

  it('counts what was typed and not read, and throws it away', async () => {
    const tty = await loadTty();
    const terminal = await openTerminal(['sleep', '1000'], { cwd: makeScratch() });
    const slave = openSlave(terminal);
    expect(told(tty.unread(slave))).toBe(0);
    terminal.press('hello\n');
    await waitFor('six bytes to wait', () => told(tty.unread(slave)) === 6);
    expect(tty.discardInput(slave)).toEqual({ kind: 'value', value: null });
    expect(told(tty.unread(slave))).toBe(0);
  });

  it('throws it away from the background of its own terminal too, and is not stopped', async () => {
    const scratch = makeScratch();
    const shell = await openShell({ cwd: scratch });
    shell.type(`${globalThis.process.execPath} ${bundleWithKoffi(scratch, 'discard-main')} &`);
    await waitFor('its word', () => shell.shown().includes('discarded: value'));
  });

  it('does not count a line that is not finished', async () => {
    const tty = await loadTty();
    const terminal = await openTerminal(['sleep', '1000'], { cwd: makeScratch() });
    const slave = openSlave(terminal);
    terminal.press('hello');
    await waitFor('the echo', () => terminal.shown().includes('hello'));
    expect(told(tty.unread(slave))).toBe(0);
    terminal.press('\n');
    await waitFor('six bytes to wait', () => told(tty.unread(slave)) === 6);
  });

  it('opens the slave of a master, and it is the same terminal', async () => {
    const tty = await loadTty();
    const shell = await openShell({ cwd: makeScratch() });
    const slave = told(tty.openSlave(await takeMaster(shell), SLAVE));
    onTestFinished(() => fs.closeSync(slave));
    const { dev, rdev } = fs.fstatSync(slave, { bigint: true });
    expect({ dev, rdev }).toEqual({ dev: shell.dev, rdev: fs.statSync(`/dev/${shell.name}`, { bigint: true }).rdev });
  });

  it('tells line mode from the mode of a shell at its prompt, of a slave and of its master', async () => {
    const tty = await loadTty();
    const line = openSlave(await openTerminal(['sleep', '1000'], { cwd: makeScratch() }));
    expect(told(tty.mode(line))).toEqual({ canonical: true, echo: true, isig: true });
    const shell = await openShell({ cwd: makeScratch() });
    const prompt = { canonical: false, echo: false, isig: true };
    expect(told(tty.mode(openSlave(shell)))).toEqual(prompt);
    expect(told(tty.mode(await takeMaster(shell)))).toEqual(prompt);
  });

  it('sees a program that takes every key for itself', async () => {
    const tty = await loadTty();
    const script = 'process.stdin.setRawMode(true); process.stdin.resume(); process.stdout.write("raw");';
    const terminal = await openTerminal([globalThis.process.execPath, '-e', script], { cwd: makeScratch() });
    await waitFor('the program', () => terminal.shown().includes('raw'));
    expect(told(tty.mode(openSlave(terminal)))).toEqual({ canonical: false, echo: false, isig: false });
  });

  it('says no of a file that is no terminal', async () => {
    const tty = await loadTty();
    const file = openFor(globalThis.process.execPath, fs.constants.O_RDONLY);
    expect(allOf(tty, file)).toEqual(Array(6).fill({ kind: 'unsupported', errno: 'ENOTTY' }));
  });

  it('asks nothing where the numbers of the requests are others', async () => {
    const tty = await loadTty('mips');
    const slave = openSlave(await openTerminal(['sleep', '1000'], { cwd: makeScratch() }));
    const refused = { kind: 'unsupported', errno: 'ENOSYS' };
    expect([...allOf(tty, slave), tty.unread(slave)]).toEqual(Array(7).fill(refused));
  });
});

function allOf(tty: TtyCalls, fd: number): Outcome<unknown>[] {
  return [
    tty.foregroundGroup(fd),
    tty.session(fd),
    tty.mode(fd),
    tty.discardInput(fd),
    tty.index(fd),
    tty.openSlave(fd, SLAVE),
  ];
}

function openSlave({ name }: Terminal): number {
  return openFor(`/dev/${name}`, SLAVE);
}

function openFor(path: string, flags: number): number {
  const fd = fs.openSync(path, flags);
  onTestFinished(() => fs.closeSync(fd));
  return fd;
}

/** A copy of the master that the maker of a terminal holds. */
async function takeMaster({ pid }: Terminal): Promise<number> {
  const maker = processRow(pid)?.ppid ?? 0;
  const name = fs
    .readdirSync(`/proc/${maker}/fd`)
    .find((fd) => fs.readlinkSync(`/proc/${maker}/fd/${fd}`).endsWith('ptmx'));
  const pidfd = told((await loadPidfds()).open(maker));
  try {
    const master = told(pidfd.takeFd(Number(name)));
    onTestFinished(() => fs.closeSync(master));
    return master;
  } finally {
    pidfd.close();
  }
}

function told<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'value') throw new Error(`no value: ${JSON.stringify(outcome)}`);
  return outcome.value;
}
