import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { observe } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { factsOf, homesAt, homesIn, lookAt, reportOf, rolesIn } from '../makers/look.ts';
import { cwdOf } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';

leavesNothingBehind();

/** An agent on a terminal in `homes/ada`. */
async function agentAtHome() {
  const scratch = makeScratch();
  const [home] = makeDirectories(scratch, 'homes/ada');
  const claude = install('agent', `${scratch}/bin/claude`);
  const terminal = await openTerminal([claude], { cwd: home });
  return { scratch, home, claude, terminal };
}

describe('observe() of homes that change', () => {
  requires('cc', 'the whole machine');

  it('says of a deleted home that it is gone, and who is still in it', async () => {
    const { home, terminal } = await agentAtHome();
    fs.rmdirSync(home);
    const report = reportOf(await lookAt({ ada: home }), 'ada');
    expect(report).toMatchObject({ verdict: 'none', id: null, session: null });
    expect(report.reason).toBe(`the directory does not exist (${home})`);
    expect(report.bystanders).toMatchObject([{ pid: terminal.pid, role: 'home_deleted' }]);
  });

  it('does not take the process in a deleted home for the session of the new one', async () => {
    const { home, claude, terminal } = await agentAtHome();
    fs.rmdirSync(home);
    fs.mkdirSync(home);
    const alone = reportOf(await lookAt({ ada: home }), 'ada');
    expect(alone).toMatchObject({ verdict: 'none', bystanders: [{ pid: terminal.pid, role: 'home_deleted' }] });
    const successor = await openTerminal([claude], { cwd: home });
    const report = reportOf(await lookAt({ ada: home }), 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid: successor.pid } });
    expect(rolesIn(report)).toEqual({ [terminal.pid]: 'home_deleted' });
  });

  it('does not take a living directory called `ada (deleted)` for the deleted home', async () => {
    const { scratch, home, claude } = await agentAtHome();
    const [odd] = makeDirectories(scratch, 'homes/ada (deleted)');
    const terminal = await openTerminal([claude], { cwd: odd });
    expect(cwdOf(terminal.pid)).toBe(`${home} (deleted)`);
    expect(reportOf(await lookAt({ ada: home }), 'ada').bystanders).toEqual([]);
  });

  it('follows a home through a rename', async () => {
    const { scratch, home, terminal } = await agentAtHome();
    const renamed = `${scratch}/homes/kim`;
    fs.renameSync(home, renamed);
    fs.mkdirSync(home);
    const snapshot = await lookAt({ ada: home, kim: renamed });
    expect(reportOf(snapshot, 'kim')).toMatchObject({ session: { pid: terminal.pid, cwd: { text: renamed } } });
    expect(reportOf(snapshot, 'ada')).toMatchObject({ verdict: 'none', session: null, bystanders: [] });
  });

  it('finds the session of a home that is configured by a symbolic link', async () => {
    const { scratch, home, terminal } = await agentAtHome();
    fs.symlinkSync(home, `${scratch}/link`);
    const report = reportOf(await lookAt({ ada: `${scratch}/link` }), 'ada');
    expect(report).toMatchObject({ path: { text: `${scratch}/link` }, session: { pid: terminal.pid } });
  });

  it('gives a process to the nearest of nested homes', async () => {
    const { scratch, home, claude, terminal } = await agentAtHome();
    const [worktree, inWorktree, inHome] = makeDirectories(home, 'tree', 'tree/src', 'src');
    const inside = await openTerminal([claude], { cwd: inWorktree });
    terminal.type(`cd ${inHome}`);
    await expect.poll(() => cwdOf(terminal.pid)).toBe(inHome);
    const nested = await lookAt({ ada: home, tree: worktree, all: scratch });
    expect(reportOf(nested, 'ada').session?.pid).toBe(terminal.pid);
    expect(reportOf(nested, 'tree').session?.pid).toBe(inside.pid);
    expect(reportOf(nested, 'all').session).toBeNull();
    const plain = reportOf(await lookAt({ ada: home }), 'ada');
    expect(plain.verdict).toBe('ambiguous');
    expect(plain.session?.claimants.map((it) => it.pid)).toEqual(expect.arrayContaining([terminal.pid, inside.pid]));
  });

  it('counts a git worktree inside a home to it', async () => {
    const { home, terminal } = await agentAtHome();
    const git = (...argv: string[]) => execFileSync('git', ['-C', home, ...argv], { stdio: 'ignore' });
    git('init', '-q');
    git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-q', '--allow-empty', '-m', 'first');
    git('worktree', 'add', '-q', `${home}/trees/fix`);
    terminal.type(`cd ${home}/trees/fix`);
    await expect.poll(() => cwdOf(terminal.pid)).toBe(`${home}/trees/fix`);
    const report = reportOf(await lookAt({ ada: home }), 'ada');
    expect(report.session).toMatchObject({ pid: terminal.pid, cwd: { text: `${home}/trees/fix` } });
    expect(factsOf(report)).toContain(`2 levels above its cwd is the home ${home}`);
  });

  it('says that a configured home which is a file is no directory', async () => {
    const scratch = makeScratch();
    fs.writeFileSync(`${scratch}/file`, '');
    const report = reportOf(await lookAt({ ada: `${scratch}/file`, bob: `${scratch}/file/below` }), 'ada');
    expect(report).toMatchObject({ verdict: 'none', id: null });
    expect(report.reason).toMatch(/^it is no directory/);
  });
});

describe('observe() of homes that are one directory', () => {
  const clash = (message: RegExp) => ({
    name: 'PlumblineError',
    code: 'config',
    message: expect.stringMatching(message),
  });

  it('refuses two names for one path', async () => {
    const scratch = makeScratch();
    await expect(lookAt({ ada: scratch, bob: `${scratch}/.` })).rejects.toMatchObject(
      clash(/two homes are one directory \(\d+:\d+\): ada at .* and bob at /),
    );
  });

  it('refuses a name for a symbolic link to another home', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'ada');
    fs.symlinkSync(home, `${scratch}/bob`);
    await expect(lookAt({ ada: home, bob: `${scratch}/bob` })).rejects.toMatchObject(clash(/are one directory/));
  });

  it('refuses two homes of one name', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada', 'other/ada');
    const homes = [...homesAt({ ada: home }), homesIn(`${scratch}/other`)];
    await expect(observe({ homes })).rejects.toMatchObject(clash(/two homes have one name/));
  });
});
