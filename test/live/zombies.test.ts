import { describe, expect, it } from 'vitest';
import { observe } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, reportOf, rolesIn } from '../makers/look.ts';
import { isOn } from '../makers/on-terminal.ts';
import { hasEnded, isThere, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

describe('observe() of processes that have ended', () => {
  requires('cc', 'the whole machine');

  function makeHome() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    return { scratch, home, claude: install('agent', `${scratch}/bin/claude`) };
  }

  it('finds no session in a zombie, while the kernel still has its number', async () => {
    const { scratch, home, claude } = makeHome();
    const parent = install('zombie', `${scratch}/bin/parent`);
    const terminal = await openTerminal([parent, claude], { cwd: home });
    const pid = await programBelow(terminal.pid, 'claude');
    expect(reportOf(await lookAt({ ada: home }), 'ada').session?.pid).toBe(pid);
    globalThis.process.kill(pid, 'SIGKILL');
    await waitFor('the zombie', () => processRow(pid)?.state === 'Z');
    const snapshot = await lookAt({ ada: home });
    expect(isThere(pid)).toBe(true);
    expect(snapshot.coverage.complete).toBe(true);
    expect(reportOf(snapshot, 'ada')).toMatchObject({ verdict: 'none', session: null });
    expect(rolesIn(reportOf(snapshot, 'ada'))).toEqual({ [terminal.pid]: 'other_program' });
  });

  it('keeps an agent whose child of the same name is a zombie', async () => {
    const { scratch, home } = makeHome();
    const claude = install('zombie', `${scratch}/bin/claude`);
    const terminal = await openTerminal([claude, '/bin/true'], { cwd: home });
    await waitFor('the zombie', () => /"child":(\d+)/.exec(terminal.shown()));
    const child = Number(/"child":(\d+)/.exec(terminal.shown())?.[1]);
    await waitFor('its end', () => processRow(child)?.state === 'Z');
    const { session } = reportOf(await lookAt({ ada: home }), 'ada');
    expect(session).toMatchObject({ pid: terminal.pid, verdict: 'alive' });
    expect(session?.claimants).toHaveLength(1);
  });

  it('knows that a process lives whose first thread has ended', async () => {
    const { scratch, home } = makeHome();
    const claude = install('leaderless', `${scratch}/bin/claude`);
    const terminal = await openTerminal([claude], { cwd: home });
    await waitFor('the zombie leader', () => processRow(terminal.pid)?.state === 'Z');
    const { session, verdict } = reportOf(await lookAt({ ada: home }, { identifyPrograms: true }), 'ada');
    expect(verdict).toBe('alive');
    expect(session).toMatchObject({
      pid: terminal.pid,
      state: 'Z',
      cwd: { text: home },
      command: { text: 'claude' },
      terminal: { name: terminal.name, dev: terminal.dev },
    });
    expect(session?.exe).not.toBeNull();
    expect(session?.evidence[0]?.value).toBe('Z (its first thread has ended, others live), 2 threads');
  });

  it('lists a terminal whose process has lost its first thread', async () => {
    const { scratch, home } = makeHome();
    const terminal = await openTerminal([install('leaderless', `${scratch}/bin/claude`)], { cwd: home });
    await waitFor('the zombie leader', () => processRow(terminal.pid)?.state === 'Z');
    const { sessions } = await observe();
    const lines = sessions.filter(isOn(terminal));
    expect(lines).toMatchObject([{ pid: terminal.pid, name: { text: 'ada' }, verdict: 'alive' }]);
  });

  it('takes a process to be where its first thread works, wherever another one does', async () => {
    const { scratch, home } = makeHome();
    const [other] = makeDirectories(scratch, 'homes/bob');
    const claude = install('wandering-thread', `${scratch}/bin/claude`);
    const terminal = await openTerminal([claude, other], { cwd: home });
    await waitFor('the thread to leave', () => terminal.shown().includes('wandered'));
    const snapshot = await lookAt({ ada: home, bob: other });
    expect(reportOf(snapshot, 'ada')).toMatchObject({ verdict: 'alive', session: { pid: terminal.pid } });
    expect(reportOf(snapshot, 'bob')).toMatchObject({ verdict: 'none' });
  });

  it('finds nobody once the last thread has ended', async () => {
    const { scratch, home } = makeHome();
    const terminal = await openTerminal([install('leaderless', `${scratch}/bin/claude`)], { cwd: home });
    await waitFor('the zombie leader', () => processRow(terminal.pid)?.state === 'Z');
    globalThis.process.kill(terminal.pid, 'SIGKILL');
    await waitFor('the end', () => hasEnded(terminal.pid));
    expect(reportOf(await lookAt({ ada: home }), 'ada')).toMatchObject({ verdict: 'none', session: null });
  });
});
