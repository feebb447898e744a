import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, provenNone, reportOf, rolesIn } from '../makers/look.ts';
import { hasEnded, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { inFront, openShell, openTerminal, programBelow, programIn } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

describe('observe() of an agent’s tools', () => {
  requires('cc', 'the whole machine');

  async function agentWithShell() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const claude = install('agent', `${scratch}/bin/claude`);
    const tool = install('agent', `${scratch}/bin/tool`);
    const shell = await openShell({ cwd: home });
    shell.type(claude);
    return { home, claude, tool, shell, pid: await programBelow(shell.pid, 'claude', inFront) };
  }

  it.each([
    ['by name', ['claude']],
    ['as any program', ['*']],
    ['without commands', null],
  ])('keeps the agent as the owner while its shell runs a tool, %s', async (_title, commands) => {
    const { home, tool, shell, pid } = await agentWithShell();
    shell.type(`tool ${tool} in front; true`);
    const running = await programBelow(pid, 'tool');
    const report = reportOf(await lookAt({ ada: home }, { commands }), 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid, terminal: { name: shell.name } } });
    expect(report.session?.claimants).toHaveLength(1);
    expect(rolesIn(report)[running]).toBe(commands?.includes('claude') ? 'other_program' : 'visitor');
  });

  it.each(['tool', 'job'])('shows a %s that outlived its agent, and no session', async (how) => {
    const { home, tool, shell, pid } = await agentWithShell();
    shell.type(`${how} exec ${tool} < /dev/null`);
    const running = await programBelow(pid, 'tool');
    globalThis.process.kill(pid, 'SIGKILL');
    await waitFor('the shell to be back', () => hasEnded(pid) && inFront(processRow(shell.pid) ?? never()));
    const report = reportOf(await lookAt({ ada: home }, { commands: ['claude', 'tool'] }), 'ada');
    // In a group of its own nothing tells a tool from an agent in the background: then it is the session.
    if (how === 'job') expect(report.session?.pid).toBe(running);
    else expect(report).toMatchObject({ verdict: 'none', session: null });
    if (how === 'tool') expect(rolesIn(report)[running]).toBe('leftover');
  });

  it('says whose tool it is that is left in a home', async () => {
    const { home, tool, shell, pid } = await agentWithShell();
    shell.type(`tool exec ${tool} < /dev/null`);
    await programBelow(pid, 'tool');
    globalThis.process.kill(pid, 'SIGKILL');
    await waitFor('the shell to be back', () => hasEnded(pid) && inFront(processRow(shell.pid) ?? never()));
    const report = provenNone(await lookAt({ ada: home }, { commands: ['claude', 'tool'] }), 'ada');
    expect(report.reason).toMatch(`the leader of its process group, ${pid}, has ended`);
  });

  it('prefers the new agent to what the old one left behind', async () => {
    const { home, claude, tool, shell, pid } = await agentWithShell();
    shell.type(`tool exec ${tool} < /dev/null`);
    const running = await programBelow(pid, 'tool');
    globalThis.process.kill(pid, 'SIGKILL');
    await waitFor('the shell to be back', () => hasEnded(pid) && inFront(processRow(shell.pid) ?? never()));
    shell.type(claude);
    const next = await programBelow(shell.pid, 'claude', inFront);
    const report = reportOf(await lookAt({ ada: home }, { commands: ['*'] }), 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid: next } });
    expect(rolesIn(report)[running]).toBe('leftover');
  });

  it('keeps the agent whose tool has lost its shell', async () => {
    const { home, tool, shell, pid } = await agentWithShell();
    shell.type(`tool ${tool} & exit`);
    const running = await programIn(home, 'tool');
    await waitFor('the orphan', () => processRow(processRow(running)?.ppid ?? 0)?.sid !== processRow(running)?.sid);
    const report = reportOf(await lookAt({ ada: home }, { commands: ['*'] }), 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid } });
    expect(rolesIn(report)[running]).toBe('visitor');
  });
});

describe('observe() of two agents in one home', () => {
  requires('cc', 'the whole machine');

  function makeHome() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    return { home, claude: install('agent', `${scratch}/bin/claude`) };
  }

  it('calls it ambiguous where each is in front on its own terminal', async () => {
    const { home, claude } = makeHome();
    const [one, other] = [await openTerminal([claude], { cwd: home }), await openTerminal([claude], { cwd: home })];
    const { verdict, session, reason } = reportOf(await lookAt({ ada: home }), 'ada');
    expect(verdict).toBe('ambiguous');
    expect(reason).toBe('2 processes claim it, 2 of them in the foreground');
    expect(session).toMatchObject({ verdict: 'ambiguous', pid: null, terminal: null, cwd: null });
    expect(session?.claimants.map((it) => [it.pid, it.terminal?.name, it.reason])).toEqual([
      [one.pid, one.name, 'in the foreground'],
      [other.pid, other.name, 'in the foreground'],
    ]);
  });

  it('gives it to the one in front where the other is its terminal’s job in the background', async () => {
    const { home, claude } = makeHome();
    const shell = await openShell({ cwd: home });
    shell.type(`${claude} &`);
    const behind = await programBelow(shell.pid, 'claude', (row) => !inFront(row));
    shell.type(claude);
    const front = await programBelow(shell.pid, 'claude', inFront);
    const { session } = reportOf(await lookAt({ ada: home }), 'ada');
    expect(session).toMatchObject({ verdict: 'alive', pid: front, foreground: true });
    expect(session?.claimants.map((it) => it.pid).sort()).toEqual([behind, front].sort());
  });

  it('calls it ambiguous where both are in the background', async () => {
    const { home, claude } = makeHome();
    const shell = await openShell({ cwd: home });
    shell.type(`${claude} &`);
    const first = await programBelow(shell.pid, 'claude', (row) => !inFront(row));
    shell.type(`${claude} &`);
    await programBelow(shell.pid, 'claude', (row) => !inFront(row) && row.pid !== first);
    expect(reportOf(await lookAt({ ada: home }), 'ada').verdict).toBe('ambiguous');
  });

  it('keeps an agent that was stopped with Ctrl-Z, in the background', async () => {
    const { home, claude } = makeHome();
    const shell = await openShell({ cwd: home });
    shell.type(claude);
    const pid = await programBelow(shell.pid, 'claude', inFront);
    shell.press('\x1a');
    await waitFor('the stop', () => processRow(pid)?.state === 'T' && inFront(processRow(shell.pid) ?? never()));
    const { session } = reportOf(await lookAt({ ada: home }), 'ada');
    expect(session).toMatchObject({ verdict: 'alive', pid, state: 'T', foreground: false, detached: false });
  });
});

function never(): never {
  throw new Error('the shell has ended');
}
