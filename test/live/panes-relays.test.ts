import { describe, expect, it } from 'vitest';
import type { PaneSight } from '../../src/model/pane.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, reportOf } from '../makers/look.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programIn } from '../makers/terminal.ts';
import { startTmux } from '../makers/tmux.ts';

leavesNothingBehind();

async function typedInPane(lineOf: (claude: string) => string) {
  const scratch = makeScratch();
  const claude = install('agent', `${scratch}/bin/claude`);
  const terminal = install('terminal', `${scratch}/bin/holder`);
  const [home] = makeDirectories(scratch, 'homes/ada');
  const tmux = await startTmux(scratch);
  const pane = tmux.openPane(home);
  pane.type(lineOf(claude).replace('HOLDER', terminal));
  await programIn(home, 'claude');
  return { home, pane };
}

async function sightOf(home: string): Promise<PaneSight> {
  const sight = reportOf(await lookAt({ ada: home }, { panes: true }), 'ada').session?.pane;
  if (!sight) throw new Error('no session, or nothing was asked');
  return sight;
}

describe('a session on a terminal that another program has opened', () => {
  requires('cc', 'tmux', 'setpriv', 'script', 'the whole machine');

  it.each([
    ['script', (claude: string) => `script -qc ${claude} /dev/null`, ['script', 'tmux: server']],
    [
      'script in script',
      (claude: string) => `script -qc "script -qc ${claude} /dev/null" /dev/null`,
      ['script', 'script', 'tmux: server'],
    ],
  ])('is in the pane that shows it: %s', async (_, line, names) => {
    const { home, pane } = await typedInPane(line);
    const sight = await sightOf(home);
    expect(sight).toMatchObject({ kind: 'pane', pane: { id: pane.id } });
    expect(sight.links.map(({ holder }) => holder.name.text)).toEqual(names);
    expect(sight.links.at(-1)?.terminal.name).toBe(pane.terminal());
    expect(sight.links[0]?.holder.foreground).toBe(true);
  });

  it('is in no pane that is known, where the program may keep it for itself', async () => {
    const { home } = await typedInPane((claude) => `HOLDER ${claude}`);
    const why = expect.stringMatching(/held by holder \(\d+\), and whether that shows it on pts\/\d+ is not known$/);
    expect(await sightOf(home)).toMatchObject({ kind: 'unknown', why });
  });

  it('is in no pane where nothing shows it', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    await openTerminal([install('agent', `${scratch}/bin/claude`)], { cwd: home });
    // The maker of the terminal has the terminal of whoever runs these tests, or none.
    const sight = await sightOf(home);
    expect(sight.kind).not.toBe('pane');
    expect(sight).toMatchObject({ why: expect.stringMatching(/^pts\/\d+ is held by /) });
  });

  describe('by sudo', () => {
    requires('sudo', 'root');

    it('is in the pane that shows it', async () => {
      const { home, pane } = await typedInPane((claude) => `sudo -n ${claude}`);
      const sight = await sightOf(home);
      expect(sight).toMatchObject({ kind: 'pane', pane: { id: pane.id } });
      // It opens a terminal of its own where sudoers says use_pty, as Debian's does, and by default since 1.9.14.
      const names = sight.links.map(({ holder }) => holder.name.text);
      expect([['tmux: server'], ['sudo', 'tmux: server']]).toContainEqual(names);
    });
  });
});
