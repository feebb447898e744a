import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { observe } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { factsOf, homesAt, lookAt, reportOf } from '../makers/look.ts';
import { inMountNamespace } from '../makers/namespaces.ts';
import { observeThrough, output } from '../makers/observe-elsewhere.ts';
import { cwdOf, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

function makeHome() {
  const scratch = makeScratch();
  const [home, elsewhere] = makeDirectories(scratch, 'homes/ada', 'elsewhere');
  return { scratch, home, elsewhere, claude: install('agent', `${scratch}/bin/claude`) };
}

/** Runs a script that ends with `exec …/claude` on a terminal, in a mount namespace. */
async function agentIn(script: string, cwd: string) {
  const terminal = await openTerminal(inMountNamespace(script), { cwd });
  await waitFor('the agent', () => processRow(terminal.pid)?.comm === 'claude');
  return terminal;
}

describe('observe() of processes in other mount namespaces', () => {
  requires('cc', 'root', 'mount namespaces', 'the whole machine');

  it('finds the home behind a bind mount, under whatever path', async () => {
    const { home, elsewhere, claude } = makeHome();
    makeDirectories(home, 'sub');
    const mount = `mount --bind ${home} ${elsewhere}; cd ${elsewhere}/sub; exec ${claude}`;
    const terminal = await agentIn(mount, '/');
    expect(cwdOf(terminal.pid)).toBe(`${elsewhere}/sub`);
    const report = reportOf(await lookAt({ ada: home, other: elsewhere }), 'ada');
    expect(report).toMatchObject({
      verdict: 'alive',
      session: { pid: terminal.pid, cwd: { text: `${elsewhere}/sub` }, terminal: { name: terminal.name } },
    });
    expect(factsOf(report)).toContain(`the parent of its cwd is the home ${home}`);
  });

  it('does not give the directory under the mount to the process that sees the mount', async () => {
    const { home, elsewhere, claude } = makeHome();
    await agentIn(`mount --bind ${home} ${elsewhere}; cd ${elsewhere}; exec ${claude}`, '/');
    const snapshot = await lookAt({ ada: home, other: elsewhere });
    expect(reportOf(snapshot, 'other')).toMatchObject({ verdict: 'none', session: null });
  });

  it('does not match another file system that is mounted over the home’s path', async () => {
    const { home, claude } = makeHome();
    const terminal = await agentIn(`mount -t tmpfs none ${home}; cd ${home}; exec ${claude}`, '/');
    expect(cwdOf(terminal.pid)).toBe(home);
    const snapshot = await lookAt({ ada: home });
    expect(snapshot.coverage.complete).toBe(true);
    expect(reportOf(snapshot, 'ada')).toMatchObject({ verdict: 'none', session: null, bystanders: [] });
  });

  it('does not take a directory of the same number on another file system for the home', async () => {
    const { scratch, home, elsewhere, claude } = makeHome();
    const script = `mount -t tmpfs none ${home}; mount -t tmpfs none ${elsewhere}; cd ${elsewhere}; exec ${claude}`;
    const terminal = await agentIn(script, '/');
    const inside = ['nsenter', '-m', '-t', String(terminal.pid)];
    const numbers = (await output([...inside, 'stat', '-c', '%i', home, elsewhere])).split('\n');
    expect(numbers[0]).toBe(numbers[1]);
    const homes = homesAt({ ada: home });
    const snapshot = await observeThrough(scratch, inside, { homes, commands: ['claude'] });
    expect(snapshot.homes).toMatchObject([{ verdict: 'none', session: null }]);
  });

  it('finds the home through an overlay, from inside its namespace', async () => {
    const { scratch, elsewhere, claude } = makeHome();
    makeDirectories(scratch, 'layers');
    const layers = `lowerdir=${scratch}/homes,upperdir=${scratch}/layers/up,workdir=${scratch}/layers/work`;
    const script = [
      `mount -t tmpfs none ${scratch}/layers; mkdir ${scratch}/layers/up ${scratch}/layers/work`,
      `mount -t overlay none -o ${layers} ${elsewhere}; cd ${elsewhere}/ada; exec ${claude}`,
    ].join('; ');
    const terminal = await agentIn(script, '/');
    const homes = homesAt({ ada: `${elsewhere}/ada`, lower: `${scratch}/homes/ada` });
    const inside = ['nsenter', '-m', '-t', String(terminal.pid)];
    const snapshot = await observeThrough(scratch, inside, { homes, commands: ['claude'] });
    expect(snapshot.homes).toMatchObject([
      { name: { text: 'ada' }, verdict: 'alive', session: { pid: terminal.pid } },
      { name: { text: 'lower' }, verdict: 'none' },
    ]);
  });

  it('finds the home of a process in a chroot, by the path outside', async () => {
    const { scratch } = makeHome();
    const [home] = makeDirectories(scratch, 'jail/home/ada');
    install('agent', `${scratch}/jail/bin/claude`, ['-static']);
    const jail = ['unshare', `--root=${scratch}/jail`, '--wd=/home/ada', '/bin/claude'];
    const terminal = await openTerminal(jail, { cwd: '/' });
    await waitFor('the agent', () => processRow(terminal.pid)?.comm === 'claude');
    const snapshot = await lookAt({ ada: home, jail: `${scratch}/jail` });
    expect(snapshot.coverage).toMatchObject({ complete: true, reasons: [] });
    expect(reportOf(snapshot, 'ada')).toMatchObject({
      verdict: 'alive',
      session: { pid: terminal.pid, command: { text: 'claude' } },
    });
  });

  it('takes the empty mount table of a chroot for what it is', async () => {
    const { scratch } = makeHome();
    const jail = `${scratch}/jail`;
    install('agent', `${jail}/bin/claude`, ['-static']);
    const terminal = await agentIn(`exec unshare --root=${jail} /bin/claude`, '/');
    expect(fs.readFileSync(`/proc/${terminal.pid}/mountinfo`, 'utf8')).toBe('');
    const snapshot = await lookAt({ jail });
    expect(reportOf(snapshot, 'jail')).toMatchObject({ verdict: 'alive', session: { pid: terminal.pid } });
    expect(snapshot.coverage).toMatchObject({ complete: true, reasons: [] });
  });

  it('finds the home that is mounted into a container with a root of its own', async () => {
    const { scratch, home } = makeHome();
    const jail = `${scratch}/jail`;
    makeDirectories(jail, 'workspace', 'old');
    install('agent', `${jail}/bin/claude`, ['-static']);
    const script = [
      `mount --bind ${jail} ${jail}; mount --bind ${home} ${jail}/workspace`,
      `cd ${jail}; pivot_root . old; cd /workspace; exec /bin/claude`,
    ].join('; ');
    const terminal = await agentIn(script, '/');
    expect(cwdOf(terminal.pid)).toBe('/workspace');
    expect(reportOf(await lookAt({ ada: home }), 'ada')).toMatchObject({
      verdict: 'alive',
      session: { pid: terminal.pid, cwd: { text: '/workspace' } },
    });
  });

  it('finds the home of a process whose directory was unmounted lazily', async () => {
    const { home, elsewhere, claude } = makeHome();
    makeDirectories(home, 'sub');
    const script = `mount --bind ${home} ${elsewhere}; cd ${elsewhere}/sub; umount -l ${elsewhere}; exec ${claude}`;
    const terminal = await agentIn(script, '/');
    expect(cwdOf(terminal.pid)).toBe('/sub');
    expect(reportOf(await lookAt({ ada: home }), 'ada')).toMatchObject({ session: { pid: terminal.pid } });
  });

  describe('with terminals of their own', () => {
    requires('script');

    /** An agent on the first terminal of a devpts instance of its own. */
    async function agentOnOwnDevpts(claude: string, home: string) {
      const script = [
        'mount -t devpts -o newinstance,ptmxmode=0666 none /dev/pts; mount --bind /dev/pts/ptmx /dev/ptmx',
        `cd ${home}; exec script -qc "exec ${claude}" /dev/null`,
      ].join('; ');
      const outer = await openTerminal(inMountNamespace(script), { cwd: '/' });
      return programBelow(outer.pid, 'claude');
    }

    it('tells two terminals of one name apart by their devpts instance', async () => {
      const { scratch, home, claude } = makeHome();
      const [other] = makeDirectories(scratch, 'homes/bob');
      const pids = [await agentOnOwnDevpts(claude, home), await agentOnOwnDevpts(claude, other)];
      const homes = { ada: home, bob: other };
      const { sessions } = await lookAt(homes);
      expect(sessions.map((it) => [it.pid, it.terminal?.name])).toEqual(pids.map((pid) => [pid, 'pts/0']));
      const instances = sessions.map((it) => it.terminal?.dev);
      expect(instances[0]).not.toBeNull();
      expect(instances[0]).not.toBe(instances[1]);
      expect(instances).not.toContain(fs.statSync('/dev/pts', { bigint: true }).dev);
      const lines = (await observe()).sessions.filter((it) => it.pid !== null && pids.includes(it.pid));
      expect(lines.map((it) => it.terminal?.dev).sort()).toEqual([...instances].sort());
    });
  });
});
