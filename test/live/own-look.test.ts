import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import type { ObserveOptions } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { bundle, type Told } from '../makers/observe-elsewhere.ts';
import { isOn } from '../makers/on-terminal.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { inFront, openShell, programBelow, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

describe('observe() that is asked from a terminal', () => {
  requires('cc');

  async function shellAtHome() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const main = bundle(scratch, 'observe-main');
    /** A command line that looks, and writes what it saw to a file. */
    const plumb = (options: ObserveOptions) =>
      `${globalThis.process.execPath} ${main} '${JSON.stringify({ ...options, explain: true })}'`;
    return { scratch, home, plumb, shell: await openShell({ cwd: home }), homes: homesAt({ ada: home }) };
  }

  /** Types a command line in which `OUT` is the file for the answer, and reads the answer. */
  async function ask(scratch: string, terminal: Terminal, line: string): Promise<Told<Snapshot>> {
    terminal.type(line.replace('OUT', `${scratch}/answer`));
    return waitFor('the answer', () => {
      const text = fs.existsSync(`${scratch}/answer`) ? fs.readFileSync(`${scratch}/answer`, 'utf8') : '';
      return text.endsWith('\n') && (JSON.parse(text) as Told<Snapshot>);
    });
  }

  it.each([
    ['typed at its prompt', 'PLUMB > OUT'],
    ['at the head of a pipeline', 'PLUMB | cat > OUT'],
    ['in the middle of a pipeline', 'true | PLUMB | cat > OUT'],
    ['through a shell', 'sh -c "PLUMB > OUT; true"'],
    ['through env and timeout', 'env A=1 timeout 60 PLUMB > OUT'],
  ])('shows the shell, not itself, without configuration: %s', async (_title, line) => {
    const { scratch, shell, plumb } = await shellAtHome();
    fs.writeFileSync(`${scratch}/plumb`, `#!/bin/sh\nexec ${plumb({})}\n`, { mode: 0o755 });
    const { sessions } = await ask(scratch, shell, line.replace('PLUMB', `${scratch}/plumb`));
    const lines = sessions.filter(isOn(shell));
    expect(lines).toMatchObject([{ pid: shell.pid, command: { text: 'bash' } }]);
  });

  it('is no session of the home that it is asked from, even where any program is one', async () => {
    const { scratch, shell, plumb, homes } = await shellAtHome();
    const answer = await ask(scratch, shell, `${plumb({ homes, commands: ['*'] })} > OUT`);
    expect(answer.homes).toMatchObject([{ name: { text: 'ada' }, session: null }]);
    expect(answer.homes[0]?.bystanders.map((it) => it.role)).toContain('own');
  });

  it('shows the agent whose tool shell asks', async () => {
    const { scratch, shell, plumb, homes } = await shellAtHome();
    shell.type(install('agent', `${scratch}/bin/claude`));
    const pid = await programBelow(shell.pid, 'claude', inFront);
    const answer = await ask(scratch, shell, `tool ${plumb({ homes, commands: ['claude'] })} > OUT; true`);
    expect(answer.homes).toMatchObject([
      { name: { text: 'ada' }, verdict: 'alive', session: { pid, terminal: { name: shell.name } } },
    ]);
  });

  it('shows the agent whose tool shell asks, without configuration', async () => {
    const { scratch, shell, plumb } = await shellAtHome();
    shell.type(install('agent', `${scratch}/bin/claude`));
    const pid = await programBelow(shell.pid, 'claude', inFront);
    const { sessions } = await ask(scratch, shell, `tool ${plumb({})} > OUT; true`);
    expect(sessions.filter(isOn(shell))).toMatchObject([{ pid }]);
  });
});
