import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PaneSight } from '../../src/model/pane.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt, lookAt, reportOf } from '../makers/look.ts';
import { asUser } from '../makers/namespaces.ts';
import { observeThrough } from '../makers/observe-elsewhere.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { type ScreenOptions, startScreen } from '../makers/screen.ts';
import { programIn } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** The account that every machine has, and that may not do anything: screen asks who runs it. */
const NOBODY = 65534;

async function agentInScreen(options: ScreenOptions = {}) {
  const scratch = makeScratch();
  const claude = install('agent', `${scratch}/bin/claude`);
  const [home] = makeDirectories(scratch, 'homes/ada');
  const screen = await startScreen(scratch, [claude, 'now'], { cwd: home, ...options });
  const pid = await programIn(home, 'claude');
  return { scratch, claude, home, screen, pid };
}

async function sightOf(home: string): Promise<PaneSight> {
  const sight = reportOf(await lookAt({ ada: home }, { panes: true }), 'ada').session?.pane;
  if (!sight) throw new Error('no session, or nothing was asked');
  return sight;
}

/** The number of its window; null where that is not known. */
async function windowOf(home: string): Promise<string | null> {
  const sight = await sightOf(home);
  if (sight.kind !== 'pane') throw new Error(`${sight.kind}: ${sight.why}`);
  return sight.pane.id;
}

describe('the window of a session in screen', () => {
  requires('cc', 'screen', 'root', 'the whole machine');

  it('is known where it is the only one', async () => {
    const { home, screen, pid } = await agentInScreen();
    const pane = { multiplexer: 'screen', id: '0', address: { text: `${screen.name}:0` }, firstPid: pid };
    expect(await sightOf(home)).toMatchObject({ kind: 'pane', pane });
    screen.run('-p', '0', '-X', 'number', '7');
    screen.run('-p', '7', '-X', 'title', '3 x  4 y');
    const now = { id: '7', address: { text: `${screen.name}:7` } };
    expect(await sightOf(home)).toMatchObject({ kind: 'pane', pane: now });
  });

  it('is not told where there are several: their numbers can be exchanged without a trace', async () => {
    const { home, screen, pid } = await agentInScreen();
    screen.open('sleep', '300');
    const pane = { multiplexer: 'screen', id: null, address: { text: screen.name }, firstPid: pid };
    await waitFor('two windows', async () => (await windowOf(home)) === null);
    expect(await sightOf(home)).toMatchObject({ kind: 'pane', pane });
    screen.run('-p', '0', '-X', 'number', '1');
    expect(await sightOf(home)).toMatchObject({ kind: 'pane', pane });
    // What was left of the number at the start is wrong now: why it is not believed.
    expect(environmentOf(pid)).toContain('WINDOW=0');
    screen.run('-p', '0', '-X', 'kill');
    await waitFor('one window', async () => (await windowOf(home)) === '1');
    expect(await sightOf(home)).toMatchObject({ pane: { address: { text: `${screen.name}:1` } } });
  });

  it('is unknown where another screen answers to its name, since its own socket is gone', async () => {
    const { home, screen, scratch } = await agentInScreen();
    const directory = `${scratch}/screens`;
    const other = await startScreen(scratch, ['sleep', '300'], { called: screen.name });
    fs.renameSync(`${directory}/${screen.name}`, `${scratch}/gone`);
    const why = expect.stringContaining(`another screen (${other.pid}) answers for it`);
    expect(await sightOf(home)).toMatchObject({ kind: 'unknown', why });
    fs.renameSync(`${scratch}/gone`, `${directory}/${screen.name}`);
    expect(await sightOf(home)).toMatchObject({ kind: 'pane' });
  });

  it('is known beside windows whose programs have ended', async () => {
    const { home, screen } = await agentInScreen();
    screen.run('-X', 'zombie', 'kr');
    screen.open('true');
    await waitFor('a zombie window', () => screen.run('-Q', 'windows', '%n%f ').includes('Z'));
    expect(await windowOf(home)).toBe('0');
  });

  it('is not asked for while the server is stopped', async () => {
    const { home, screen } = await agentInScreen();
    globalThis.process.kill(screen.pid, 'SIGSTOP');
    await waitFor('it to stop', () => processRow(screen.pid)?.state === 'T');
    expect(await sightOf(home)).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('its server is stopped'),
    });
    globalThis.process.kill(screen.pid, 'SIGCONT');
    expect(await sightOf(home)).toMatchObject({ kind: 'pane' });
  });

  describe('of an ordinary user', () => {
    requires('a node for every user', 'setpriv');

    it('is found by that user, who may not read the descriptors of a set-group-ID program', async () => {
      const through = asUser(NOBODY);
      const { scratch, home, screen, pid } = await agentInScreen({ uid: NOBODY, through, setGroup: true });
      const look = async (uid: number) => {
        const options = { homes: homesAt({ ada: home }), commands: ['claude'], panes: true };
        return (await observeThrough(scratch, asUser(uid), options)).homes[0]?.session?.pane;
      };
      const pane = { id: '0', address: { text: `${screen.name}:0` }, firstPid: pid, server: { uid: NOBODY } };
      expect(await sightOf(home)).toMatchObject({ kind: 'pane', pane });
      expect(await look(NOBODY)).toMatchObject({ kind: 'pane', pane, links: [] });
      screen.open('sleep', '300');
      await waitFor('two windows', async () => JSON.stringify(await look(NOBODY)).includes('"id":null'));
    });
  });
});

function environmentOf(pid: number): string {
  return fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
}
