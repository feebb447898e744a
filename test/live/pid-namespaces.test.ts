import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt, lookAt, reportOf, rolesIn } from '../makers/look.ts';
import { inPidNamespace } from '../makers/namespaces.ts';
import { observeThrough } from '../makers/observe-elsewhere.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';

leavesNothingBehind();

describe('observe() across pid namespaces', () => {
  requires('cc', 'root', 'pid namespaces', 'the whole machine');

  async function agentInNamespace() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const claude = install('agent', `${scratch}/bin/claude`);
    const terminal = await openTerminal(inPidNamespace(claude), { cwd: home });
    return { scratch, home, claude, terminal, pid: await programBelow(terminal.pid, 'claude') };
  }

  it('lists a process of a child namespace by its number outside', async () => {
    const { home, terminal, pid } = await agentInNamespace();
    const snapshot = await lookAt({ ada: home });
    expect(snapshot.coverage.complete).toBe(true);
    const report = reportOf(snapshot, 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid, terminal: { name: terminal.name } } });
    expect(rolesIn(report)).toEqual({ [terminal.pid]: 'other_program' });
  });

  it.each([
    ['any program is a session', ['*']],
    ['no commands are given', null],
  ])('knows `unshare` for a launcher where %s', async (_title, commands) => {
    const { home, terminal, pid } = await agentInNamespace();
    const report = reportOf(await lookAt({ ada: home }, { commands }), 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid } });
    expect(rolesIn(report)[terminal.pid]).toMatch(/launcher|other_program/);
  });

  it('says from inside that it cannot see what is outside, and so not whether a home is empty', async () => {
    const { scratch, home } = await agentInNamespace();
    const [empty] = makeDirectories(scratch, 'homes/empty');
    const homes = homesAt({ ada: home, empty });
    const snapshot = await observeThrough(scratch, inPidNamespace(), { homes, commands: ['claude'] });
    expect(snapshot.coverage.complete).toBe(false);
    const codes = snapshot.coverage.reasons.map((reason) => reason.code);
    expect(codes).toEqual(['hidden', 'pid_namespace']);
    expect(snapshot.homes.map((report) => report.verdict)).toEqual(['unknown', 'unknown']);
    expect(snapshot.host.id).toMatch(/:\d+$/);
  });

  it('lists from inside what is inside', async () => {
    const { scratch, home, pid, terminal } = await agentInNamespace();
    const inside = ['nsenter', '-p', '-m', '-t', String(pid)];
    const snapshot = await observeThrough(scratch, inside, { homes: homesAt({ ada: home }), commands: ['claude'] });
    expect(snapshot.coverage.complete).toBe(false);
    expect(snapshot.homes).toMatchObject([
      { verdict: 'alive', session: { pid: 1, terminal: { name: terminal.name } } },
    ]);
  });

  it('trusts no answer where /proc belongs to another namespace than its own', async () => {
    const { scratch, home, pid } = await agentInNamespace();
    const [empty] = makeDirectories(scratch, 'homes/empty');
    const homes = homesAt({ ada: home, empty });
    const snapshot = await observeThrough(scratch, ['unshare', '-pf', '--kill-child'], { homes, commands: ['claude'] });
    expect(snapshot.coverage.complete).toBe(false);
    expect(snapshot.coverage.reasons.map((reason) => reason.code)).toContain('foreign_procfs');
    expect(snapshot.homes).toMatchObject([
      { name: { text: 'ada' }, session: { pid } },
      { name: { text: 'empty' }, verdict: 'unknown' },
    ]);
  });
});
