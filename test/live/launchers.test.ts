import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HomeReport } from '../../src/model/snapshot.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, reportOf, rolesIn } from '../makers/look.ts';
import { processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { makeNpmProject, makeScriptAgent, makeShellScript, makeTitledAgent } from '../makers/script-agent.ts';
import { openShell, programBelow, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Every way to say what a session is: the answer must be the same agent. */
const COMMANDS: readonly (readonly [string, readonly string[] | null])[] = [
  ['by name', ['claude']],
  ['as any program', ['*']],
  ['without commands', null],
];

describe('observe() of agents behind launchers', () => {
  requires('cc', 'the whole machine');

  async function shellAtHome() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    return { scratch, home, shell: await openShell({ cwd: home }) };
  }

  /** Looks in each way, and expects this process to own the home each time, on this terminal unless told otherwise. */
  async function expectOwner(
    home: string,
    pid: number,
    terminal: Pick<Terminal, 'name'> | null,
  ): Promise<HomeReport[]> {
    const reports: HomeReport[] = [];
    for (const [title, commands] of COMMANDS) {
      const report = reportOf(await lookAt({ ada: home }, { commands }), 'ada');
      const { verdict, session } = report;
      expect({ title, verdict, pid: session?.pid }).toEqual({ title, verdict: 'alive', pid });
      if (terminal) expect(session?.terminal?.name).toBe(terminal.name);
      reports.push(report);
    }
    return reports;
  }

  it('sees a script by its name', async () => {
    const { scratch, home, shell } = await shellAtHome();
    shell.type(makeScriptAgent(`${scratch}/bin/claude`));
    const pid = await runsScript(shell.pid, `${scratch}/bin/claude`);
    const [byName] = await expectOwner(home, pid, shell);
    expect(byName?.session?.command?.text).toBe('claude');
  });

  it('sees a script by the name that it gives itself', async () => {
    const { scratch, home, shell } = await shellAtHome();
    shell.type(makeTitledAgent(`${scratch}/bin/cli.js`, 'claude'));
    const pid = await programBelow(shell.pid, 'claude');
    await expectOwner(home, pid, shell);
  });

  it('sees the agent, not the shell script that shares its name and runs a script', async () => {
    const { scratch, home, shell } = await shellAtHome();
    const agent = makeScriptAgent(`${scratch}/lib/claude.js`);
    shell.type(makeShellScript(`${scratch}/bin/claude`, [`node ${agent} "$@"`, 'exit $?']));
    const pid = await runsScript(shell.pid, agent);
    const wrapper = processRow(pid)?.ppid ?? 0;
    expect(processRow(wrapper)?.comm).toBe('claude');
    const [byName, , plain] = await expectOwner(home, pid, shell);
    expect(rolesIn(byName as HomeReport)[wrapper]).toBe('launcher');
    expect(rolesIn(plain as HomeReport)).toEqual({ [wrapper]: 'launcher', [shell.pid]: 'launcher' });
  });

  it('sees the agent, not the shell script that shares its name and runs a program', async () => {
    const { scratch, home, shell } = await shellAtHome();
    const agent = install('agent', `${scratch}/lib/claude`);
    shell.type(makeShellScript(`${scratch}/bin/claude`, [`${agent} "$@"`, 'exit $?']));
    const wrapper = await programBelow(shell.pid, 'claude', (row) => row.ppid === shell.pid);
    const pid = await programBelow(wrapper, 'claude');
    const [byName] = await expectOwner(home, pid, shell);
    expect(rolesIn(byName as HomeReport)[wrapper]).toBe('launcher');
  });

  it('sees the agent under npx', async () => {
    const { home, shell } = await shellAtHome();
    makeNpmProject(home, 'claude');
    shell.type('npx --no-install --offline claude');
    const pid = await runsScript(shell.pid, `${home}/node_modules/.bin/claude`);
    const [byName, , plain] = await expectOwner(home, pid, shell);
    expect(byName?.session?.command?.text).toBe('claude');
    const launchers = Object.values(rolesIn(plain as HomeReport)).filter((role) => role === 'launcher');
    expect(launchers.length).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['env', 'env A=1 PROGRAM'],
    ['nice', 'nice -n 5 PROGRAM'],
    ['timeout', 'timeout 200 PROGRAM'],
    ['timeout in front', 'timeout --foreground 200 PROGRAM'],
    ['a chain of them', 'env A=1 timeout --foreground 200 nice sh -c "PROGRAM; true"'],
    ['time', 'bash -c "time PROGRAM"'],
    ['flock', 'flock /dev/null -c PROGRAM'],
    ['setpriv', 'setpriv --pdeathsig keep PROGRAM'],
    ['strace', 'strace -f -o /dev/null PROGRAM'],
  ])('sees the agent under %s', async (title, commandLine) => {
    if (title === 'strace' && !fs.existsSync('/usr/bin/strace')) return;
    const { scratch, home, shell } = await shellAtHome();
    shell.type(commandLine.replace('PROGRAM', install('agent', `${scratch}/bin/claude`)));
    await expectOwner(home, await programBelow(shell.pid, 'claude'), shell);
  });

  it('sees the agent on the terminal that `script` opened for it', async () => {
    const { scratch, home, shell } = await shellAtHome();
    shell.type(`script -qc ${install('agent', `${scratch}/bin/claude`)} /dev/null`);
    const pid = await programBelow(shell.pid, 'claude');
    const [, , plain] = await expectOwner(home, pid, null);
    expect(plain?.session?.terminal?.name).not.toBe(shell.name);
    expect(rolesIn(plain as HomeReport)[shell.pid]).toBe('launcher');
  });

  describe('with sudo', () => {
    requires('sudo', 'root');

    it('sees the agent under sudo', async () => {
      const { scratch, home, shell } = await shellAtHome();
      shell.type(`sudo -n ${install('agent', `${scratch}/bin/claude`)}`);
      await expectOwner(home, await programBelow(shell.pid, 'claude'), null);
    });
  });
});

/** Waits until an interpreter below a process runs this script. */
async function runsScript(ancestor: number, script: string): Promise<number> {
  const isBelow = (pid: number): boolean => pid > 1 && (pid === ancestor || isBelow(processRow(pid)?.ppid ?? 0));
  return waitFor(`${script} below ${ancestor}`, () => {
    const runs = (pid: number) => argumentsOf(pid)[0]?.endsWith('node') && argumentsOf(pid)[1] === script;
    return processTable().find((row) => row.hasExecuted && runs(row.pid) && isBelow(row.pid))?.pid;
  });
}

function argumentsOf(pid: number): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
