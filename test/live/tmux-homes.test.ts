import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { factsOf, lookAt, reportOf, rolesIn } from '../makers/look.ts';
import { cwdOf, hasEnded, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { programBelow } from '../makers/terminal.ts';
import { type Pane, startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Three agents, each typed at a shell's prompt in a pane and a home of its own. */
async function threeAgents() {
  const scratch = makeScratch();
  const claude = install('agent', `${scratch}/bin/claude`);
  const tmux = await startTmux(scratch);
  const [ada, bob, eve] = makeDirectories(scratch, 'homes/ada', 'homes/bob', 'homes/eve');
  const start = async (home: string) => {
    const pane = tmux.openPane(home);
    pane.type(claude);
    return { pane, pid: await programBelow(pane.pid(), 'claude') };
  };
  const agents = { ada: await start(ada), bob: await start(bob), eve: await start(eve) };
  return { scratch, claude, tmux, homes: { ada, bob, eve }, agents };
}

/** Types `cd` at the agent, and waits until the kernel has it there. */
async function changeDirectory({ pane, pid }: { pane: Pane; pid: number }, directory: string) {
  pane.type(`cd ${directory}`);
  await waitFor(`${pid} in ${directory}`, () => cwdOf(pid) === directory);
}

describe('observe() with three programs in three homes, in tmux', () => {
  requires('cc', 'tmux', 'setpriv', 'the whole machine');

  it('lists each with its pid, terminal and home', async () => {
    const { homes, agents } = await threeAgents();
    const snapshot = await lookAt(homes);
    expect(snapshot.coverage).toMatchObject({ complete: true });
    expect(snapshot.sessions.map((session) => session.name.text)).toEqual(['ada', 'bob', 'eve']);
    for (const name of ['ada', 'bob', 'eve'] as const) {
      const report = reportOf(snapshot, name);
      const { pid, pane } = agents[name];
      expect(report).toMatchObject({
        verdict: 'alive',
        session: {
          pid,
          terminal: { name: pane.terminal() },
          command: { text: 'claude' },
          cwd: { text: homes[name] },
          home: { text: homes[name] },
          detached: false,
          foreground: true,
          state: 'S',
        },
      });
      expect(factsOf(report)).toEqual(
        expect.arrayContaining(['the process lives', 'program', `its cwd is the home ${homes[name]}`]),
      );
      expect(rolesIn(report)).toEqual({ [pane.pid()]: 'other_program' });
    }
  });

  it('knows that one is gone after kill -9, and names the shell that is there instead', async () => {
    const { homes, agents } = await threeAgents();
    globalThis.process.kill(agents.bob.pid, 'SIGKILL');
    await waitFor('bob’s end', () => hasEnded(agents.bob.pid));
    const snapshot = await lookAt(homes);
    expect(reportOf(snapshot, 'bob')).toMatchObject({ verdict: 'none', session: null });
    expect(reportOf(snapshot, 'bob').reason).toMatch(/^no session; there is \d+ \(.*sh\): it runs .*sh, which is none/);
    expect(snapshot.sessions.map((session) => session.pid)).toEqual([agents.ada.pid, agents.eve.pid]);
  });

  it('shows the new process after `respawn-pane -k` in the same pane', async () => {
    const { scratch, claude, tmux, agents } = await threeAgents();
    const [home] = makeDirectories(scratch, 'homes/kim');
    const pane = tmux.openPane(home, [claude, 'again']);
    const first = pane.pid();
    await waitFor('the agent', () => processRow(first)?.comm === 'claude');
    expect(reportOf(await lookAt({ kim: home }), 'kim').session?.pid).toBe(first);
    pane.respawn();
    const second = await waitFor('another agent', () => (pane.pid() === first ? null : pane.pid()));
    await waitFor('the agent', () => processRow(second)?.comm === 'claude');
    const report = reportOf(await lookAt({ kim: home }), 'kim');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid: second, terminal: { name: pane.terminal() } } });
    expect(hasEnded(agents.ada.pid)).toBe(false);
  });

  it('shows the same process after `exec` of the same program in place', async () => {
    const { homes, agents, claude } = await threeAgents();
    const before = reportOf(await lookAt(homes), 'ada').session;
    agents.ada.pane.type(`exec ${claude} again`);
    await waitFor('the second life', () => isRunning(agents.ada.pid, 'again'));
    const after = reportOf(await lookAt(homes), 'ada').session;
    expect(after).toMatchObject({ verdict: 'alive', pid: agents.ada.pid, startTimeTicks: before?.startTimeTicks });
  });

  it('keeps the session after `cd` inside the home', async () => {
    const { homes, agents } = await threeAgents();
    const [inside] = makeDirectories(homes.ada, 'src/deep');
    await changeDirectory(agents.ada, inside);
    const report = reportOf(await lookAt(homes), 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid: agents.ada.pid, cwd: { text: inside } } });
    expect(factsOf(report)).toContain(`2 levels above its cwd is the home ${homes.ada}`);
  });

  it('finds it in no home after `cd` outside, and in the other home after `cd` there', async () => {
    const { scratch, homes, agents } = await threeAgents();
    await changeDirectory(agents.ada, scratch);
    expect(reportOf(await lookAt(homes), 'ada')).toMatchObject({ verdict: 'none', session: null });
    globalThis.process.kill(agents.bob.pid, 'SIGKILL');
    await waitFor('bob’s end', () => hasEnded(agents.bob.pid));
    await changeDirectory(agents.ada, homes.bob);
    const snapshot = await lookAt(homes);
    expect(reportOf(snapshot, 'ada').verdict).toBe('none');
    expect(reportOf(snapshot, 'bob').session).toMatchObject({
      pid: agents.ada.pid,
      terminal: { name: agents.ada.pane.terminal() },
    });
  });

  it('calls a home ambiguous when a second agent walks into it', async () => {
    const { homes, agents } = await threeAgents();
    await changeDirectory(agents.ada, homes.bob);
    const report = reportOf(await lookAt(homes), 'bob');
    expect(report).toMatchObject({ verdict: 'ambiguous', session: { pid: null, verdict: 'ambiguous' } });
    expect(report.session?.claimants.map((claimant) => claimant.pid).sort()).toEqual(
      [agents.ada.pid, agents.bob.pid].sort(),
    );
  });
});

function isRunning(pid: number, argument: string): boolean {
  return fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(argument);
}
