import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readStat } from '../../src/kernel/process-stat.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { compile, install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { makeMemoryCgroup } from '../makers/memory-cgroup.ts';
import { inPidNamespace } from '../makers/namespaces.ts';
import { processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openShell, openTerminal, programBelow, programIn, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

describe('to which session a process counts', () => {
  requires('cc', 'the whole machine');

  interface Made {
    readonly scratch: string;
    readonly home: string;
    readonly claude: string;
  }

  function make(): Made {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    return { scratch, home, claude: install('agent', `${scratch}/bin/claude`) };
  }

  /** A program that only this test has: its name tells it, whoever its parent is. */
  function marked({ scratch }: Made, name: string): string {
    fs.copyFileSync('/bin/sleep', `${scratch}/bin/${name}`);
    return `${scratch}/bin/${name} 1000`;
  }

  async function tellOf({ home, scratch }: Made, pid: number): Promise<string> {
    const homes = homesAt({ ada: home, bob: `${scratch}/homes/bob` });
    const look = await MachineLook.open({ homes, commands: ['claude', 'codex'] });
    const stat = look.stats.get(pid);
    if (!stat) throw new Error(`${pid} was not seen`);
    const tag = look.tagOf(stat);
    const maybe = look.mayCountTo(stat).map((it) => it.name.text);
    const fresh = readStat(look.machine.procfs, pid);
    if (fresh.kind === 'value') expect(look.tagOf(fresh.value)).toEqual(tag);
    const known = tag ? `${tag.session.name.text} by ${tag.by}` : 'none';
    return maybe.length > 0 ? `${known}, maybe ${maybe.join(' ')}` : known;
  }

  /** Waits for a program of the test's own that has lost its parent. */
  async function orphan({ scratch }: Made, comm: string, notBelow: number): Promise<number> {
    return waitFor(`the orphan ${comm}`, () => {
      const row = processTable().find((it) => it.comm === comm && exeOf(it.pid) === `${scratch}/bin/${comm}`);
      const parent = row && processRow(row.ppid);
      return parent && parent.pid !== notBelow && parent.comm !== 'sh' && parent.comm !== 'setsid' && row.pid;
    });
  }

  async function programOf(terminal: Terminal, comm: string): Promise<number> {
    return programBelow(terminal.pid, comm);
  }

  it('counts children on no terminal, and their orphans where the kernel session is theirs', async () => {
    const made = make();
    const [leader, left] = [marked(made, 'the-leader'), marked(made, 'the-left')];
    const terminal = await openShell({ cwd: made.home });
    terminal.type(made.claude);
    const owner = await programOf(terminal, 'claude');
    terminal.type(`tool exec setsid --fork sh -c '(${left} &) ; exec ${leader}'`);
    const leaderPid = await orphan(made, 'the-leader', owner);
    const leftPid = await orphan(made, 'the-left', leaderPid);
    expect(processRow(leftPid)).toMatchObject({ sid: leaderPid });
    // setsid --fork has left its child an orphan, and that one is its own kernel session: nothing tells.
    expect(await tellOf(made, leaderPid)).toBe('none, maybe ada');
    expect(await tellOf(made, leftPid)).toBe('none, maybe ada');
    terminal.type(`tool setsid sh -c '(${marked(made, 'the-kept')} &) ; ${marked(made, 'the-waited')}; :' ; :`);
    const waited = await programOf(terminal, 'the-waited');
    expect(await tellOf(made, waited)).toBe('ada by ancestry');
    expect(processRow(waited)?.ttyNr).toBe(0);
    expect(await tellOf(made, await orphan(made, 'the-kept', 0))).toBe('ada by session_id');
  });

  it('knows the orphans of an agent that leads its terminal, and not whether a shell’s are', async () => {
    const made = make();
    const line = (name: string) => `tool (${marked(made, name)} &)`;
    const alone = await openTerminal([made.claude], { cwd: made.home });
    alone.type(line('of-leader'));
    expect(await tellOf(made, await orphan(made, 'of-leader', alone.pid))).toBe('ada by session_id');
    await alone.hangUp();
    const shell = await openShell({ cwd: made.home });
    shell.type(`(${marked(made, 'of-before')} &)`);
    const before = await orphan(made, 'of-before', shell.pid);
    // When a process started is told in ticks of 10 ms: the agent is to start in a later one.
    await new Promise((resolve) => setTimeout(resolve, 20));
    shell.type(made.claude);
    const owner = await programOf(shell, 'claude');
    shell.type(line('of-agent'));
    const ofAgent = await orphan(made, 'of-agent', owner);
    shell.press('\x1a');
    await waitFor('it to stop', () => processRow(owner)?.state === 'T');
    shell.type(`(${marked(made, 'of-shell')} &)`);
    const ofShell = await orphan(made, 'of-shell', shell.pid);
    expect(await tellOf(made, before)).toBe('none');
    // Both are orphans in the shell's kernel session, younger than the agent: the kernel keeps nothing else of them.
    expect([await tellOf(made, ofAgent), await tellOf(made, ofShell)]).toEqual(['none, maybe ada', 'none, maybe ada']);
  });

  it('says in coverage which processes may count to a session that is asked for', async () => {
    const made = make();
    const terminal = await openShell({ cwd: made.home });
    terminal.type(made.claude);
    await programOf(terminal, 'claude');
    terminal.type(`tool (${marked(made, 'in-doubt')} &)`);
    const pid = await orphan(made, 'in-doubt', 0);
    const look = await MachineLook.open({ homes: homesAt({ ada: made.home }), commands: ['claude'] });
    look.noteDoubts(new Set(look.snapshot.sessions));
    const { complete, reasons } = look.coverage();
    expect(complete).toBe(false);
    expect(reasons.find(({ code }) => code === 'parents_ended')?.pids).toContain(pid);
  });

  it('counts an agent’s agent for itself, and what is between the two to the outer one', async () => {
    const made = make();
    const [bob] = makeDirectories(made.scratch, 'homes/bob');
    const codex = install('agent', `${made.scratch}/bin/codex`);
    const terminal = await openShell({ cwd: made.home });
    terminal.type(made.claude);
    await programOf(terminal, 'claude');
    terminal.type(`tool cd ${bob} && (while :; do sleep 1; done) | ${compile('terminal')} ${codex}`);
    const inner = await programIn(bob, 'codex');
    expect(await tellOf(made, inner)).toBe('bob by owner');
    const holder = processRow(inner)?.ppid ?? 0;
    expect(await tellOf(made, holder)).toBe('ada by ancestry');
  });

  describe('by control group', () => {
    requires('a memory cgroup', 'root');

    async function inGroup(made: Made) {
      const group = makeMemoryCgroup(1 << 30);
      // It is the first in its group, as with systemd-run --scope.
      const run = ['sh', '-c', `echo $$ > ${group.path}/cgroup.procs && exec ${made.claude}`];
      const terminal = await openTerminal(run, { cwd: made.home });
      await waitFor('the agent', () => processRow(terminal.pid)?.comm === 'claude');
      terminal.type(`tool exec setsid --fork ${marked(made, 'the-daemon')}`);
      const daemon = await orphan(made, 'the-daemon', terminal.pid);
      // The group must be empty before it can be taken away.
      onTestFinished(() => void process.kill(daemon, 'SIGKILL'));
      return { group, daemon };
    }

    it('finds a daemon in the group that the session has for itself', async () => {
      const made = make();
      const { daemon } = await inGroup(made);
      expect(processRow(daemon)).toMatchObject({ sid: daemon, ttyNr: 0 });
      expect(await tellOf(made, daemon)).toBe('ada by cgroup');
    });

    it('does not where somebody has put another process into it', async () => {
      const made = make();
      const { group, daemon } = await inGroup(made);
      const other = spawn('sleep', ['1000']);
      onTestFinished(() => void other.kill('SIGKILL'));
      group.add(other.pid ?? 0);
      expect(await tellOf(made, other.pid ?? 0)).toBe('none');
      expect(await tellOf(made, daemon)).toBe('none, maybe ada');
    });
  });

  describe('in a pid namespace', () => {
    requires('root', 'pid namespaces');

    it('counts the orphans that an agent has taken in as its first process', async () => {
      const made = make();
      const terminal = await openTerminal(inPidNamespace(made.claude), { cwd: made.home });
      const owner = await programOf(terminal, 'claude');
      terminal.type(`tool exec setsid --fork ${marked(made, 'the-inner')}`);
      const daemon = await waitFor('the orphan', () => {
        return processTable().find((it) => it.comm === 'the-inner' && it.ppid === owner)?.pid;
      });
      expect(await tellOf(made, daemon)).toBe('ada by ancestry');
      expect(await tellOf(made, terminal.pid)).toBe('none');
    });

    it('does not know whose the orphans are that another first process has taken in', async () => {
      const made = make();
      const run = inPidNamespace('sh', '-c', `${made.claude}; :`);
      const terminal = await openTerminal(run, { cwd: made.home });
      const owner = await programOf(terminal, 'claude');
      const first = processRow(owner)?.ppid;
      terminal.type(`tool exec setsid --fork ${marked(made, 'the-left-one')}`);
      const daemon = await waitFor('the orphan', () => {
        return processTable().find((it) => it.comm === 'the-left-one' && it.ppid === first)?.pid;
      });
      expect(await tellOf(made, daemon)).toBe('none, maybe ada');
    });
  });
});

function exeOf(pid: number): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}
