import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PaneServer, PaneSight } from '../../src/model/pane.ts';
import { runClient } from '../../src/panes/client.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt, lookAt, reportOf } from '../makers/look.ts';
import { asUser } from '../makers/namespaces.ts';
import { observeThrough } from '../makers/observe-elsewhere.ts';
import { hasEnded } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { makeShellScript } from '../makers/script-agent.ts';
import { programIn } from '../makers/terminal.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const OWNER = 3001;
const OTHER = 3002;

async function sightOf(home: string): Promise<PaneSight> {
  const sight = reportOf(await lookAt({ ada: home }, { panes: true }), 'ada').session?.pane;
  if (!sight) throw new Error('no session, or nothing was asked');
  return sight;
}

describe('the pane of a session of an ordinary user', () => {
  requires('cc', 'tmux', 'setpriv', 'root', 'a node for every user', 'the whole machine');

  /** A server of this user's, with an agent that anybody may look at: it runs as another one in a pane of it. */
  async function ownersServer() {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const [home, sockets] = makeDirectories(scratch, 'homes/ada', 'sockets');
    fs.chownSync(sockets, OWNER, OWNER);
    fs.chmodSync(sockets, 0o700);
    const tmux = await startTmux(scratch, { socket: ['-S', `${sockets}/sock`], through: asUser(OWNER) });
    const pane = tmux.openPane(home, [claude, 'now']);
    await programIn(home, 'claude');
    const look = async (uid: number) => {
      const options = { homes: homesAt({ ada: home }), commands: ['claude'], panes: true };
      return (await observeThrough(scratch, asUser(uid), options)).homes[0];
    };
    return { scratch, home, tmux, pane, look };
  }

  it('is found by root, and by the user, who may not go where another one asks', async () => {
    const { home, tmux, pane, look } = await ownersServer();
    const found = { kind: 'pane', pane: { id: pane.id, server: { pid: tmux.pid(), uid: OWNER, gid: OWNER } } };
    expect(await sightOf(home)).toMatchObject(found);
    expect((await look(OWNER))?.session?.pane).toMatchObject(found);
    expect(await look(OTHER)).toMatchObject({ verdict: 'unknown', session: null });
  });

  it('is unknown to a root who cannot become that user', async () => {
    const { home, scratch } = await ownersServer();
    const options = { homes: homesAt({ ada: home }), commands: ['claude'], panes: true };
    const powerless = ['setpriv', '--bounding-set=-setuid,-setgid', '--inh-caps=-setuid,-setgid'];
    const told = await observeThrough(scratch, powerless, options);
    const why = expect.stringMatching(/does not list its panes: cannot start .* EPERM/);
    expect(told.homes[0]?.session?.pane).toMatchObject({ kind: 'unknown', why });
  });

  it('is unknown to a user whose session runs in another one’s tmux', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const [home] = makeDirectories(scratch, 'homes/ada');
    const tmux = await startTmux(scratch, { socket: ['-S', `${scratch}/sock`] });
    const pane = tmux.openPane(home, [...asUser(OWNER), claude, 'now']);
    await programIn(home, 'claude');
    expect(await sightOf(home)).toMatchObject({ kind: 'pane', pane: { id: pane.id } });
    const options = { homes: homesAt({ ada: home }), commands: ['claude'], panes: true };
    const told = await observeThrough(scratch, asUser(OWNER), options);
    const why = expect.stringMatching(
      /^who holds pts\/\d+ is unknown: \d+ processes may not be looked into, \d+ above it/,
    );
    expect(told.homes[0]?.session?.pane).toMatchObject({ kind: 'unknown', why });
  });
});

describe('runClient()', () => {
  requires('root', 'setpriv', 'tmux');

  it('lets no server read or write files with our rights, as it can make a client do', async () => {
    const scratch = makeScratch();
    const [sockets, own] = makeDirectories(scratch, 'sockets', 'own');
    fs.chownSync(sockets, OWNER, OWNER);
    fs.writeFileSync(`${own}/secret`, 'of root', { mode: 0o600 });
    const tmux = await startTmux(scratch, { socket: ['-S', `${sockets}/sock`], through: asUser(OWNER) });
    tmux.openPane('/', ['sleep', '300']);
    const theft = `load-buffer -b stolen ${own}/secret ; save-buffer -b stolen`;
    tmux.run('set', '-s', 'command-alias[100]', `list-panes=${theft} ${own}/written ; display-message -p`);
    const program = `/proc/${tmux.pid()}/exe`;
    const server = { ...serverOf(OWNER, program), socket: `${sockets}/sock` };
    const answer = await runClient(server, { programs: [program], args: ['-S', server.socket, 'list-panes', '-a'] });
    expect(answer).toMatchObject({ code: 1, stderr: expect.stringContaining('secret: Permission denied') });
    expect(fs.readdirSync(own)).toEqual(['secret']);
    expect(() => tmux.run('show-buffer', '-b', 'stolen')).toThrow('no buffer stolen');
    // It is no idle fear: a client that root runs itself does what the server says.
    tmux.run('list-panes', '-a');
    expect(tmux.run('show-buffer', '-b', 'stolen')).toBe('of root');
    expect(fs.statSync(`${own}/written`).uid).toBe(0);
  });

  const serverOf = (uid: number, program: string): PaneServer => {
    return { pid: 1, startTimeTicks: 0n, innerPid: 1, uid, gid: uid, socket: '/nowhere', program };
  };

  it('gives a client of another user’s server nothing that is ours', async () => {
    const scratch = makeScratch();
    const lines = ['id', 'pwd', 'env', 'tty', 'cat /proc/self/status', 'ls -l /proc/$$/fd', 'cat /proc/$$/stat'];
    const program = makeShellScript(`${scratch}/client`, lines);
    globalThis.process.env['PLUMBLINE_SECRET'] = 'x';
    const answer = await runClient(serverOf(OWNER, program), { programs: [program], args: [] });
    delete globalThis.process.env['PLUMBLINE_SECRET'];
    if ('silence' in answer) throw new Error(answer.silence);
    const text = answer.stdout;
    expect(text).toMatch(/^uid=3001 gid=3001 groups=3001$/m);
    expect(text).toMatch(/^\/$/m);
    expect(text).toMatch(/^not a tty$/m);
    expect(text).toMatch(/^Groups:\s*$/m);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(text).toMatch(new RegExp(`^${set}:\t0+$`, 'm'));
    const names = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual(['LC_ALL', 'PATH', 'PWD']);
    // The three streams, and the script that the shell reads.
    const descriptors = [...text.matchAll(/ (\d+) -> (.*)$/gm)].map(([, fd, to]) => [fd, to?.replace(/\d+/, '')]);
    const pipe = 'socket:[]';
    const others = descriptors.filter(([fd, to]) => Number(fd) > 2 && to !== '/dev/null');
    expect(Object.fromEntries(descriptors)).toMatchObject({ 0: pipe, 1: pipe, 2: pipe });
    expect(others.map(([, to]) => to)).toEqual([program.replace(/\d+/, '')]);
    const [, , ppid, pgid, sid, ttyNr] = /^(\d+) \(client\) \S (\d+) (\d+) (\d+) (\d+)/m.exec(text)?.map(Number) ?? [];
    expect({ ppid, isLeader: pgid === sid, ttyNr }).toEqual({ ppid: globalThis.process.pid, isLeader: true, ttyNr: 0 });
  });

  it('takes the next program where one cannot be started, or finds no libraries', async () => {
    const scratch = makeScratch();
    const lost = makeShellScript(`${scratch}/lost`, ['exit 127']);
    const good = makeShellScript(`${scratch}/good`, ['echo "$1"']);
    const programs = [`${scratch}/absent`, lost, good];
    expect(await runClient(serverOf(0, good), { programs, args: ['said'] })).toMatchObject({
      code: 0,
      stdout: 'said\n',
    });
    const absent = await runClient(serverOf(0, good), { programs: [`${scratch}/absent`], args: [] });
    expect(absent).toMatchObject({ silence: expect.stringContaining('cannot start'), hint: 'install absent' });
  });

  it('does not wait for ever, and ends what it has started', async () => {
    const scratch = makeScratch();
    // What has its streams outlives it: a client of tmux sends them to the server.
    const slow = makeShellScript(`${scratch}/slow`, [
      'sleep 300 &',
      'echo $! >> $1',
      'echo $$ >> $1',
      'exec sleep 300',
    ]);
    const begun = performance.now();
    const answer = await runClient(serverOf(0, slow), { programs: [slow], args: [`${scratch}/pid`] });
    expect(answer).toMatchObject({ silence: 'its server did not answer in 2000 ms' });
    expect(performance.now() - begun).toBeLessThan(10_000);
    const [heir = '', client = ''] = fs.readFileSync(`${scratch}/pid`, 'utf8').split('\n');
    globalThis.process.kill(Number(heir), 'SIGKILL');
    await waitFor('its end', () => hasEnded(Number(client)));
    const quick = makeShellScript(`${scratch}/quick`, ['exec sleep 300']);
    const called = await runClient(serverOf(0, quick), { programs: [quick], args: [], signal: AbortSignal.abort() });
    expect(called).toMatchObject({ silence: 'it was called off' });
  });
});
