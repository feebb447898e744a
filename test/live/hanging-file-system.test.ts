import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { makeHangingMount } from '../makers/hanging-mount.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt, homesIn } from '../makers/look.ts';
import { observeThrough } from '../makers/observe-elsewhere.ts';
import { isOn } from '../makers/on-terminal.ts';
import { cwdOf, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Less than the deadline for one question: nothing was waited for. */
const AT_ONCE_MS = 1900;
const PATIENCE_MS = 12_000;

describe('observe() beside a file system that does not answer', () => {
  requires('cc', 'root', 'mount namespaces', 'bindfs', 'the whole machine');

  async function makeStage() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const claude = install('agent', `${scratch}/bin/claude`);
    const mount = await makeHangingMount(scratch);
    makeDirectories(mount.source, 'far');
    const start = async (directory: string, program = claude) => {
      const run = [...mount.inside, 'sh', '-ec', `cd ${directory}; exec ${program}`];
      const terminal = await openTerminal(run, { cwd: '/' });
      await waitFor('the agent', () => processRow(terminal.pid)?.comm === 'claude');
      return terminal;
    };
    const look = (homes: Record<string, string>, through: readonly string[]) =>
      observeThrough(scratch, through, { homes: homesAt(homes), commands: ['claude'] }, PATIENCE_MS);
    return { scratch, home, mount, start, look };
  }

  /** One agent in a home on this machine, one in a directory of the file system that will hang. */
  async function twoAgents() {
    const stage = await makeStage();
    const near = await stage.start(stage.home);
    return { ...stage, near, far: await stage.start(`${stage.mount.path}/far`) };
  }

  it.each(['inside', 'outside'])('is complete and not delayed where no home lies on it, from %s', async (where) => {
    const { home, mount, near, look } = await twoAgents();
    await mount.hang();
    const snapshot = await look({ ada: home }, where === 'inside' ? mount.inside : []);
    expect(snapshot.coverage).toMatchObject({ complete: true });
    expect(snapshot.homes).toMatchObject([{ verdict: 'alive', session: { pid: near.pid } }]);
    expect(snapshot.tookMs).toBeLessThan(AT_ONCE_MS);
  });

  it('says unknown of a home that lies on it, after the deadline, and knows the others', async () => {
    const { home, mount, near, far, look } = await twoAgents();
    await mount.hang();
    const snapshot = await look({ ada: home, far: `${mount.path}/far` }, mount.inside);
    expect(snapshot.coverage).toMatchObject({
      complete: false,
      reasons: [
        { code: 'cwd_timeout', pids: [far.pid] },
        { code: 'home_unreadable', count: 1 },
      ],
    });
    expect(snapshot.homes).toMatchObject([
      { name: { text: 'ada' }, verdict: 'alive', session: { pid: near.pid } },
      { name: { text: 'far' }, verdict: 'unknown', reason: expect.stringMatching(/^its file system does not answer/) },
    ]);
  });

  it('says that homes cannot be read where their parent lies on it', async () => {
    const { scratch, home, mount, near } = await twoAgents();
    await mount.hang();
    const homes = [...homesAt({ ada: home }), homesIn(mount.path)];
    const options = { homes, commands: ['claude'] };
    const snapshot = await observeThrough(scratch, mount.inside, options, PATIENCE_MS);
    expect(snapshot.coverage.complete).toBe(false);
    expect(snapshot.coverage.reasons.map((reason) => reason.code)).toContain('home_unreadable');
    expect(snapshot.homes).toMatchObject([{ verdict: 'alive', session: { pid: near.pid } }]);
  });

  it('finds the session in a home on it while it answers', async () => {
    const { mount, far, look } = await twoAgents();
    const snapshot = await look({ far: `${mount.path}/far`, other: `${mount.path}` }, mount.inside);
    expect(snapshot.coverage).toMatchObject({ complete: true });
    expect(snapshot.homes).toMatchObject([
      { name: { text: 'far' }, verdict: 'alive', session: { pid: far.pid, cwd: { text: `${mount.path}/far` } } },
      { name: { text: 'other' }, verdict: 'none' },
    ]);
  });

  it('lists its terminals at once without configuration', async () => {
    const { scratch, mount, far } = await twoAgents();
    await mount.hang();
    const snapshot = await observeThrough(scratch, [], {}, PATIENCE_MS);
    const lines = snapshot.sessions.filter(isOn(far));
    expect(lines).toMatchObject([{ pid: far.pid, name: { text: 'far' }, verdict: 'alive' }]);
    expect(snapshot.tookMs).toBeLessThan(AT_ONCE_MS);
  });

  it('ends though a program file lies on it', async () => {
    const { home, mount, near, start, look } = await twoAgents();
    const [other] = makeDirectories(home, '../bob');
    install('agent', `${mount.source}/bin/claude`);
    const agent = await start(other, `${mount.path}/bin/claude`);
    await mount.hang();
    const snapshot = await look({ ada: home, bob: other }, []);
    expect(snapshot.homes).toMatchObject([
      { name: { text: 'ada' }, session: { pid: near.pid } },
      { name: { text: 'bob' }, session: { pid: agent.pid, command: { text: 'claude' } } },
    ]);
  });

  it('ends though it was unmounted lazily, and who works there can be anywhere', async () => {
    const { home, mount, near, far, look } = await twoAgents();
    await mount.hang();
    await mount.unmountLazily();
    expect(cwdOf(far.pid)).toBe('/far');
    const snapshot = await look({ ada: home }, []);
    expect(snapshot.homes).toMatchObject([{ verdict: 'alive', session: { pid: near.pid } }]);
  });

  it('is not misled by the mount table of a process in a chroot of the same namespace', async () => {
    const { scratch, home, mount, start, look } = await makeStage();
    const [jail] = makeDirectories(scratch, 'jail');
    install('agent', `${jail}/bin/claude`, ['-static']);
    const enter = `mount --bind ${jail} ${jail}; exec unshare --root=${jail} /bin/claude`;
    const inJail = await openTerminal([...mount.inside, 'sh', '-ec', enter], { cwd: '/' });
    await waitFor('the agent', () => processRow(inJail.pid)?.comm === 'claude');
    // Read later than the one in the chroot, which does not see the mount.
    const far = await start(`${mount.path}/far`);
    expect(far.pid).toBeGreaterThan(inJail.pid);
    await mount.hang();
    const snapshot = await look({ jail, ada: home }, []);
    expect(snapshot.homes).toMatchObject([
      { name: { text: 'ada' }, verdict: 'none' },
      { name: { text: 'jail' }, verdict: 'alive', session: { pid: inJail.pid } },
    ]);
  });
});
