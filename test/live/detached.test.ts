import { describe, expect, it } from 'vitest';
import { observe } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { factsOf, homesAt, lookAt, reportOf, rolesIn } from '../makers/look.ts';
import { isOn } from '../makers/on-terminal.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { inFront, openShell, openTerminal, programIn } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

describe('observe() of processes without a terminal', () => {
  requires('cc', 'the whole machine');

  async function makeHome() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const claude = install('agent', `${scratch}/bin/claude`);
    return { scratch, home, claude, shell: await openShell({ cwd: home }) };
  }

  /** Types a command line, closes the window, and waits for the agent to be without a terminal. */
  async function survivor(commandLine: (claude: string) => string) {
    const made = await makeHome();
    made.shell.type(commandLine(made.claude));
    const pid = await programIn(made.home, 'claude');
    // The shell must have taken the job over before the window closes.
    made.shell.type('echo ready-$((1 + 1))');
    await waitFor('the shell', () => made.shell.shown().includes('ready-2'));
    await made.shell.hangUp();
    await waitFor('the hang-up', () => processRow(pid)?.ttyNr === 0);
    return { ...made, pid };
  }

  it.each([
    ['a nohup survivor', (claude: string) => `nohup ${claude} > /dev/null 2>&1 &`],
    ['a disowned job', (claude: string) => `${claude} & disown`],
    ['one that ignores the hang-up', (claude: string) => `(trap '' HUP; exec ${claude}) &`],
  ])('lists %s as alive and detached', async (_what, commandLine) => {
    const { home, pid } = await survivor(commandLine);
    const snapshot = await lookAt({ ada: home });
    const report = reportOf(snapshot, 'ada');
    expect(snapshot.coverage.complete).toBe(true);
    expect(report).toMatchObject({
      verdict: 'alive',
      session: {
        pid,
        verdict: 'alive',
        detached: true,
        terminal: null,
        foreground: false,
        command: { text: 'claude' },
      },
    });
    expect(factsOf(report)).toContain('it has no controlling terminal');
  });

  it('lists a child with a kernel session of its own as detached while the terminal lives', async () => {
    const { home, claude, shell } = await makeHome();
    shell.type(`setsid ${claude}`);
    const pid = await programIn(home, 'claude');
    await waitFor('its own kernel session', () => processRow(pid)?.ttyNr === 0);
    const report = reportOf(await lookAt({ ada: home }), 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid, detached: true, terminal: null } });
    expect(processRow(shell.pid)?.ttyNr).not.toBe(0);
  });

  it('does not list a survivor without configuration: it is on no terminal', async () => {
    const { pid } = await survivor((claude) => `nohup ${claude} > /dev/null 2>&1 &`);
    const { sessions } = await observe();
    expect(sessions.map((session) => session.pid)).not.toContain(pid);
  });

  it('calls two survivors in one home ambiguous', async () => {
    const { home } = await survivor(
      (claude) => `nohup ${claude} > /dev/null 2>&1 & nohup ${claude} > /dev/null 2>&1 &`,
    );
    const report = await waitFor('both', async () => {
      const found = reportOf(await lookAt({ ada: home }), 'ada');
      return found.verdict === 'ambiguous' && found;
    });
    expect(report.session?.claimants.map((claimant) => claimant.reason)).toEqual([
      'without a terminal',
      'without a terminal',
    ]);
  });

  describe('beside one that has a terminal', () => {
    it('gives the home to the attached one, and shows the other as detached', async () => {
      const { home, claude, pid } = await survivor((agent) => `nohup ${agent} > /dev/null 2>&1 &`);
      const attached = await openTerminal([claude], { cwd: home });
      const report = reportOf(await lookAt({ ada: home }), 'ada');
      expect(report).toMatchObject({ verdict: 'alive', session: { pid: attached.pid, detached: false } });
      expect(rolesIn(report)).toEqual({ [pid]: 'detached' });
    });

    it('lets both claim with `terminal: optional`, and the one in front own', async () => {
      const { home, claude, pid } = await survivor((agent) => `nohup ${agent} > /dev/null 2>&1 &`);
      const attached = await openTerminal([claude], { cwd: home });
      const { session } = reportOf(await lookAt({ ada: home }, { terminal: 'optional' }), 'ada');
      expect(session).toMatchObject({ verdict: 'alive', pid: attached.pid });
      expect(session?.claimants.map((claimant) => claimant.pid)).toEqual(expect.arrayContaining([pid, attached.pid]));
    });

    it('is ambiguous with `terminal: optional` where none is in front', async () => {
      const { home, claude } = await survivor((agent) => `nohup ${agent} > /dev/null 2>&1 &`);
      const shell = await openShell({ cwd: home });
      shell.type(`${claude} &`);
      await waitFor('the job', async () => {
        const { session } = reportOf(await lookAt({ ada: home }), 'ada');
        return session !== null && isOn(shell)(session) && session.foreground === false;
      });
      expect(reportOf(await lookAt({ ada: home }, { terminal: 'optional' }), 'ada').verdict).toBe('ambiguous');
      expect(inFront(processRow(shell.pid) ?? never())).toBe(true);
    });
  });

  describe('says the same with and without explanations', () => {
    const verdicts = async (home: string, commands: readonly string[] | null) => {
      const homes = homesAt({ ada: home });
      const looks = [await observe({ homes, commands }), await observe({ homes, commands, explain: true })];
      return looks.map((snapshot) => reportOf(snapshot, 'ada').verdict);
    };

    it('where no commands are given', async () => {
      const { home } = await survivor((claude) => `nohup ${claude} > /dev/null 2>&1 &`);
      const [plain, explained] = await verdicts(home, null);
      expect(explained).toBe(plain);
    });

    it('where only the name that it was called by is a command', async () => {
      const { scratch, home, shell } = await makeHome();
      const program = install('agent', `${scratch}/bin/program`);
      shell.type(`setsid bash -c 'exec -a codex ${program}'`);
      const pid = await programIn(home, 'program');
      await waitFor('its own kernel session', () => processRow(pid)?.ttyNr === 0);
      const [plain, explained] = await verdicts(home, ['codex']);
      expect(explained).toBe(plain);
    });
  });
});

function never(): never {
  throw new Error('the shell has ended');
}
