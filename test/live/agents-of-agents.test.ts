import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { factsOf, lookAt, reportOf, rolesIn } from '../makers/look.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openShell, programBelow } from '../makers/terminal.ts';
import { startTmux } from '../makers/tmux.ts';

leavesNothingBehind();

describe('observe() of agents that start agents', () => {
  requires('cc', 'the whole machine');

  function makeAgents() {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const codex = install('agent', `${scratch}/bin/codex`);
    const [ada, bob] = makeDirectories(scratch, 'homes/ada', 'homes/bob');
    return { scratch, claude, codex, homes: { ada, bob } };
  }

  async function agentInShell(claude: string, home: string) {
    const terminal = await openShell({ cwd: home });
    terminal.type(claude);
    return { terminal, pid: await programBelow(terminal.pid, 'claude') };
  }

  it('shows an agent’s child in another home as a visitor, not as its session', async () => {
    const { claude, codex, homes } = makeAgents();
    const { terminal, pid } = await agentInShell(claude, homes.ada);
    terminal.type(`tool cd ${homes.bob} && exec ${codex}`);
    const child = await programBelow(pid, 'codex');
    const snapshot = await lookAt(homes, { commands: ['claude', 'codex'] });
    expect(reportOf(snapshot, 'ada')).toMatchObject({ verdict: 'alive', session: { pid } });
    const visited = reportOf(snapshot, 'bob');
    expect(visited).toMatchObject({ verdict: 'none', session: null });
    expect(visited.bystanders).toEqual([
      expect.objectContaining({
        pid: child,
        role: 'visitor',
        terminal: expect.objectContaining({ name: terminal.name }),
        reason: `it belongs to ${pid} (claude), which is a candidate for ada`,
      }),
    ]);
  });

  it('keeps the home’s own agent while another home’s visitor is in it', async () => {
    const { claude, codex, homes } = makeAgents();
    const ada = await agentInShell(claude, homes.ada);
    const bob = await agentInShell(claude, homes.bob);
    ada.terminal.type(`tool cd ${homes.bob} && exec ${codex}`);
    const visitor = await programBelow(ada.pid, 'codex');
    const report = reportOf(await lookAt(homes, { commands: ['claude', 'codex'] }), 'bob');
    expect(report).toMatchObject({
      verdict: 'alive',
      session: { pid: bob.pid, terminal: { name: bob.terminal.name } },
    });
    expect(rolesIn(report)[visitor]).toBe('visitor');
    expect(factsOf(report)).toContain('visitor in this home');
    expect(report.session?.claimants).toHaveLength(1);
  });

  it('shows an agent’s child in the same home as a visitor, and the agent as the owner', async () => {
    const { claude, codex, homes } = makeAgents();
    const { terminal, pid } = await agentInShell(claude, homes.ada);
    terminal.type(`job exec ${codex}`);
    const child = await programBelow(pid, 'codex');
    const report = reportOf(await lookAt(homes, { commands: ['claude', 'codex'] }), 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid } });
    expect(rolesIn(report)[child]).toBe('visitor');
  });

  describe('on a terminal of its own', () => {
    requires('tmux', 'setpriv');

    it('lists it as a session of its own', async () => {
      const { scratch, claude, codex, homes } = makeAgents();
      const { terminal, pid } = await agentInShell(claude, homes.ada);
      const tmux = await startTmux(scratch);
      const socket = tmux.run('display-message', '-p', '#{socket_path}');
      terminal.type(`tool tmux -S ${socket} new-session -d -c ${homes.bob} ${codex} again`);
      const server = Number(tmux.run('display-message', '-p', '#{pid}'));
      const child = await programBelow(server, 'codex');
      const snapshot = await lookAt(homes, { commands: ['claude', 'codex'] });
      expect(reportOf(snapshot, 'ada').session).toMatchObject({ pid, terminal: { name: terminal.name } });
      expect(reportOf(snapshot, 'bob').session).toMatchObject({ pid: child, command: { text: 'codex' } });
    });

    it('lists it as a session of its own even where the agent is its ancestor', async () => {
      const { claude, codex, homes } = makeAgents();
      const { terminal, pid } = await agentInShell(claude, homes.ada);
      terminal.type(`tool cd ${homes.bob} && exec script -qc "exec ${codex}" /dev/null`);
      const child = await programBelow(pid, 'codex');
      const snapshot = await lookAt(homes, { commands: ['claude', 'codex'] });
      expect(reportOf(snapshot, 'ada').session).toMatchObject({ pid, terminal: { name: terminal.name } });
      const other = reportOf(snapshot, 'bob').session;
      expect(other).toMatchObject({ pid: child, verdict: 'alive' });
      expect(other?.terminal?.name).not.toBe(terminal.name);
    });
  });
});
