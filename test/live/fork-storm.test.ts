import { describe, expect, it } from 'vitest';
import { observe } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt, reportOf } from '../makers/look.ts';
import { manyLooks } from '../makers/many-looks.ts';
import { isOn } from '../makers/on-terminal.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';

leavesNothingBehind();

describe('observe() in a fork storm', () => {
  requires('cc');

  async function makeStorm() {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const terminal = await openTerminal([install('fork-storm', `${scratch}/bin/claude`)], { cwd: home });
    return { home, terminal };
  }

  it.each([
    ['by name', ['claude']],
    ['for any program', ['*']],
    ['without commands', null],
  ])('shows one session in each of many looks, %s, though its doubles were seen', async (_title, commands) => {
    const { home, terminal } = await makeStorm();
    let doubles = 0;
    await manyLooks(async (look) => {
      const snapshot = await observe({ homes: homesAt({ ada: home }), commands, explain: true });
      const { session, verdict, bystanders } = reportOf(snapshot, 'ada');
      expect({ look, verdict, pid: session?.pid }).toEqual({ look, verdict: 'alive', pid: terminal.pid });
      expect(session?.claimants).toHaveLength(1);
      doubles += bystanders.filter((it) => it.role === 'forked').length;
    });
    // Without doubles in sight this test would prove nothing.
    expect(doubles).toBeGreaterThan(0);
  });

  it('lists the terminal once, under the agent, in each of many looks without configuration', async () => {
    const { terminal } = await makeStorm();
    await manyLooks(async (look) => {
      const { sessions } = await observe();
      const lines = sessions.filter(isOn(terminal));
      expect({ look, pids: lines.map((session) => session.pid) }).toEqual({ look, pids: [terminal.pid] });
    });
  });
});
