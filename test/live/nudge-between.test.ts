import { describe, expect, it } from 'vitest';
import type { NudgeOptions } from '../../src/act/nudge.ts';
import { runClient } from '../../src/panes/client.ts';
import { install } from '../makers/c-program.ts';
import { makeFreezer } from '../makers/freezer.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { COMMAND, makeNudgedFleet, type NudgedFleet } from '../makers/nudged.ts';
import { hasEnded, processRow } from '../makers/process-table.ts';
import { makeReceivers, type Receivers } from '../makers/receiver.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Nudges, and does something when everything is verified and the step (Enter, or a paste) is about to be made. */
async function nudgeWith(
  fleet: NudgedFleet,
  between: (pid: number) => Promise<void>,
  step: 'send-keys' | 'paste-buffer' = 'send-keys',
) {
  const session = await fleet.session('ada');
  const run: NonNullable<NudgeOptions['run']> = async (server, client) => {
    if (client.args.some((word) => word.startsWith(step))) await between(session.pid ?? 0);
    return runClient(server, client);
  };
  const text = step === 'send-keys' ? 'make it so' : 'make it so\nand so on';
  return fleet.nudge(session, text, { transport: 'tmux', run, paste: step !== 'send-keys' });
}

/** Starts a session in ada's home that becomes another program at SIGUSR2. */
async function startBecoming(fleet: NudgedFleet, strangers: Receivers, program: string): Promise<void> {
  const becomes = `RECEIVER_BECOMES=${strangers.run(program, 'stranger').join(' ')}`;
  fleet.tmux.openPane(fleet.home('ada'), ['env', becomes, ...fleet.receivers.run(COMMAND, 'ada')]);
  await fleet.session('ada');
  await waitFor('the receiver to be ready', () => fleet.receivers.signals('ada').size === 1);
}

const readBy = (receivers: Receivers, log: string) => [...receivers.received(log).values()].join('');

describe('nudge() through a terminal within a terminal', () => {
  requires('cc', 'tmux', 'setpriv', 'script', 'root', 'a freezer');

  it('takes back what the one between has not handed on, and types nothing while it is frozen', async () => {
    const fleet = await makeNudgedFleet();
    const receiver = fleet.receivers.run(COMMAND, 'ada').join(' ');
    fleet.tmux.openPane(fleet.home('ada'), ['script', '-q', '-c', `exec ${receiver}`, '/dev/null']);
    const session = await fleet.session('ada');
    await waitFor('the receiver to be ready', () => fleet.receivers.signals('ada').size === 1);
    const { freeze, thaw } = makeFreezer(processRow(session.pid ?? 0)?.ppid ?? 0);
    const run: NonNullable<NudgeOptions['run']> = async (server, client) => {
      if (client.args.some((word) => word.startsWith('paste-buffer'))) await freeze();
      return runClient(server, client);
    };
    const options = { transport: 'tmux', readWithinMs: 100 } as const;
    expect(await fleet.nudge(session, 'too early', { ...options, run })).toMatchObject({ outcome: 'uncertain' });
    expect(await fleet.nudge(session, 'frozen', options)).toMatchObject({ outcome: 'refused', reason: 'stopped' });
    await thaw();
    expect(await fleet.nudge(session, 'in time', { transport: 'tmux' })).toMatchObject({ outcome: 'delivered' });
    expect(fleet.received(session)).toBe('in time\r');
  });
});

describe('nudge() when something happens between the check and Enter', () => {
  requires('cc', 'tmux', 'setpriv', 'root');

  it('presses no Enter in a program that the session has become', async () => {
    const fleet = await makeNudgedFleet();
    const strangers = makeReceivers(`${fleet.scratch}/strangers`);
    await startBecoming(fleet, strangers, 'passerby');
    const result = await nudgeWith(fleet, async (pid) => {
      globalThis.process.kill(pid, 'SIGUSR2');
      await waitFor('the stranger', () => strangers.signals('stranger').size === 1);
    });
    expect(result).toMatchObject({
      outcome: 'uncertain',
      typed: 'text',
      message: expect.stringMatching(/in place/),
    });
    expect(readBy(strangers, 'stranger')).toBe('');
  });

  it('does not say that it was delivered when a program of the same name has read Enter', async () => {
    const fleet = await makeNudgedFleet();
    const strangers = makeReceivers(`${fleet.scratch}/strangers`);
    await startBecoming(fleet, strangers, COMMAND);
    const result = await nudgeWith(fleet, async (pid) => {
      globalThis.process.kill(pid, 'SIGUSR2');
      await waitFor('the stranger', () => strangers.signals('stranger').size === 1);
    });
    expect(result).toMatchObject({
      outcome: 'uncertain',
      typed: 'text_and_enter',
      message: expect.stringMatching(/in place/),
    });
    expect(readBy(fleet.receivers, 'ada')).toBe('make it so');
  });

  it('pastes no lines into a program that the session has become, and says so', async () => {
    const fleet = await makeNudgedFleet();
    const strangers = makeReceivers(`${fleet.scratch}/strangers`);
    await startBecoming(fleet, strangers, 'passerby');
    const become = async (pid: number) => {
      globalThis.process.kill(pid, 'SIGUSR2');
      await waitFor('the stranger', () => strangers.signals('stranger').size === 1);
    };
    const result = await nudgeWith(fleet, become, 'paste-buffer');
    expect(result).toMatchObject({ outcome: 'refused', reason: 'changed' });
    expect(readBy(strangers, 'stranger')).toBe('');
  });

  it('presses no Enter in a shell that has got its terminal back', async () => {
    const fleet = await makeNudgedFleet();
    const keeper = install('keeper', `${fleet.scratch}/keeper`);
    const kept = [keeper, `${fleet.scratch}/receivers/keeper`, ...fleet.receivers.run(COMMAND, 'ada')];
    fleet.tmux.openPane(fleet.home('ada'), kept);
    await waitFor('the receiver to be ready', () => fleet.receivers.signals('ada').size === 1);
    const result = await nudgeWith(fleet, async (pid) => {
      globalThis.process.kill(pid, 'SIGKILL');
      await waitFor('the keeper in front', () => {
        return hasEnded(pid) && fleet.tmux.run('list-panes', '-a', '-F', '#{pane_current_command}') === 'keeper';
      });
    });
    expect(result).toMatchObject({ outcome: 'uncertain', typed: 'text' });
    expect(readBy(fleet.receivers, 'keeper')).toBe('');
  });
});
