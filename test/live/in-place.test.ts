import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt, lookAt, provenNone, reportOf, rolesIn } from '../makers/look.ts';
import { observeThrough } from '../makers/observe-elsewhere.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { makeScriptAgent } from '../makers/script-agent.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

async function agentAtHome() {
  const scratch = makeScratch();
  const [home] = makeDirectories(scratch, 'homes/ada');
  const claude = install('agent', `${scratch}/bin/claude`);
  return { scratch, home, claude, terminal: await openTerminal([claude], { cwd: home }) };
}

describe('observe() of a process that becomes another program in place', () => {
  requires('cc', 'the whole machine');

  it('finds no session once it runs a shell', async () => {
    const { home, terminal } = await agentAtHome();
    const before = reportOf(await lookAt({ ada: home }), 'ada').session;
    expect(before?.pid).toBe(terminal.pid);
    terminal.type('exec bash --norc --noprofile');
    await waitFor('bash', () => processRow(terminal.pid)?.comm === 'bash');
    const report = provenNone(await lookAt({ ada: home }), 'ada');
    expect(report.session).toBeNull();
    expect(rolesIn(report)).toEqual({ [terminal.pid]: 'other_program' });
    expect(report.reason).toBe(
      `no session; there is ${terminal.pid} (bash): it runs bash, which is none of the commands`,
    );
  });

  it('shows the other program where it is a command too, with another program file', async () => {
    const { scratch, home, terminal } = await agentAtHome();
    const identifyPrograms = true;
    const before = reportOf(await lookAt({ ada: home }, { identifyPrograms }), 'ada').session;
    terminal.type(`exec ${install('agent', `${scratch}/bin/codex`)}`);
    await waitFor('codex', () => processRow(terminal.pid)?.comm === 'codex');
    const after = reportOf(
      await lookAt({ ada: home }, { commands: ['claude', 'codex'], identifyPrograms }),
      'ada',
    ).session;
    expect(after).toMatchObject({ pid: terminal.pid, startTimeTicks: before?.startTimeTicks });
    expect(after?.command?.text).toBe('codex');
    expect(after?.exe?.ino).toBeTypeOf('bigint');
    expect(after?.exe?.ino).not.toBe(before?.exe?.ino);
  });

  it('knows an agent whose program file was replaced under it', async () => {
    const { home, claude, terminal } = await agentAtHome();
    const before = reportOf(await lookAt({ ada: home }, { identifyPrograms: true }), 'ada').session;
    expect(before?.exe).not.toBeNull();
    install('agent', `${claude}.new`);
    fs.renameSync(`${claude}.new`, claude);
    const after = reportOf(await lookAt({ ada: home }, { identifyPrograms: true }), 'ada').session;
    expect(after).toMatchObject({ verdict: 'alive', pid: terminal.pid, command: { text: 'claude' }, exe: before?.exe });
  });

  it('knows a script that an interpreter runs after `exec`', async () => {
    const { scratch, home, terminal } = await agentAtHome();
    terminal.type(`exec ${makeScriptAgent(`${scratch}/lib/claude`)}`);
    await waitFor('node', () => /^(?:node|MainThread)/.test(processRow(terminal.pid)?.comm ?? ''));
    const { session } = reportOf(await lookAt({ ada: home }), 'ada');
    expect(session).toMatchObject({ verdict: 'alive', pid: terminal.pid, command: { text: 'claude' } });
  });
});

describe('observe() from a time namespace of its own', () => {
  requires('cc', 'root', 'time namespaces', 'the whole machine');

  it('shows the same map, and the same time of day, though the kernel counts from another start', async () => {
    const { scratch, home, terminal } = await agentAtHome();
    const options = { homes: homesAt({ ada: home }), commands: ['claude'] };
    const outside = reportOf(await lookAt({ ada: home }), 'ada').session;
    const inside = await observeThrough(scratch, ['unshare', '-T', '--boottime', '1000', '-f'], options);
    expect(inside.coverage.complete).toBe(true);
    expect(inside.sessions).toMatchObject([{ pid: terminal.pid, verdict: 'alive', terminal: { name: terminal.name } }]);
    const [session] = inside.sessions;
    expect(BigInt(session?.startTimeTicks ?? 0) - (outside?.startTimeTicks ?? 0n)).toBe(100_000n);
    const [there, here] = [Date.parse(session?.startedAt ?? ''), outside?.startedAt?.getTime() ?? 0];
    expect(Math.abs(there - here)).toBeLessThan(2000);
    const ours = (await lookAt({ ada: home })).host;
    expect(inside.host.timeNamespace).not.toBe(String(ours.timeNamespace));
  });
});
