import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadTty } from '../../src/kernel/native/tty.ts';
import type { Session } from '../../src/model/session.ts';
import { install } from '../makers/c-program.ts';
import { makeFreezer } from '../makers/freezer.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { COMMAND, makeNudgedFleet, type NudgedFleet } from '../makers/nudged.ts';
import { hasEnded, processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { openShell, openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Nudges, and expects a refusal for this reason, with nothing typed anywhere. */
async function expectRefused(fleet: NudgedFleet, session: Session, reason: string, options: object = {}) {
  const result = await fleet.nudge(session, 'not this', options);
  expect(result).toMatchObject({ outcome: 'refused', reason });
  const all = [...fleet.receivers.received(session.name.text).values()].join('');
  expect(all).not.toContain('not this');
  return result;
}

describe('nudge() of a text that is no line', () => {
  requires('cc', 'tmux', 'setpriv');

  it.each([
    ['nothing', '', {}],
    ['ESC, which ends a paste', 'a\x1b[201~b', { paste: true }],
    ['a C1 control', 'a\u009b201~', {}],
    ['Ctrl-C', 'a\x03', {}],
    ['several lines', 'a\nb', {}],
    ['a CR', 'a\rb', { paste: true }],
    ['TAB', 'a\tb', {}],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff]), {}],
    ['half of a character', 'a\ud800', {}],
    ['a line that is longer than line mode holds', 'x'.repeat(4096), { lineMode: true }],
    ['more than 1 MB', 'x'.repeat(1024 * 1024 + 1), {}],
  ])('refuses %s', async (_, text, options) => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada');
    const session = await fleet.session('ada');
    expect(await fleet.nudge(session, text, options)).toMatchObject({ outcome: 'refused', reason: 'text' });
    expect(fleet.received(session)).toBe('');
  });
});

describe('nudge() of a session that changed since the look', () => {
  requires('cc', 'tmux', 'setpriv', 'root');

  it('refuses one whose process has ended, in every kind of pane, and the server lives on', async () => {
    const fleet = await makeNudgedFleet();
    const [ada, bob] = [await fleet.start('ada'), await fleet.start('bob')];
    fleet.tmux.run('set-option', '-g', 'remain-on-exit', 'on');
    const sessions = [await fleet.session('ada'), await fleet.session('bob')] as const;
    fleet.tmux.run('respawn-pane', '-k', '-t', ada.id);
    globalThis.process.kill(sessions[1].pid ?? 0, 'SIGKILL');
    await waitFor('a dead pane', () => fleet.tmux.run('display-message', '-p', '-t', bob.id, '#{pane_dead}') === '1');
    for (const session of sessions) {
      await waitFor('the end', () => hasEnded(session.pid ?? 0));
      await expectRefused(fleet, session, 'ended');
      await expectRefused(fleet, session, 'ended', { transport: 'direct' });
    }
    expect(fleet.tmux.run('list-panes', '-a').split('\n')).toHaveLength(2);
  });

  it('refuses what was shown by a server that was killed, and started again on its socket', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada');
    const session = await fleet.session('ada');
    fleet.tmux.run('kill-server');
    await waitFor('the end', () => hasEnded(session.pid ?? 0));
    fleet.tmux.run('start-server', ';', 'new-session', '-d', ...fleet.receivers.run(COMMAND, 'ada'));
    await expectRefused(fleet, session, 'ended');
    fleet.tmux.run('kill-server');
  });

  it('refuses one that runs another program now, in place, or has left its home', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada');
    const session = await fleet.session('ada');
    const stranger = fleet.receivers.run('stranger', 'stranger').join(' ');
    // Who has read Enter, it or what it has become, cannot always be told.
    await fleet.nudge(session, `exec ${stranger}`);
    await waitFor('the stranger', () => processRow(session.pid ?? 0)?.comm === 'stranger');
    await expectRefused(fleet, session, 'changed');
    expect([...fleet.receivers.received('stranger').values()].join('')).toBe('');
  });
});

describe('nudge() into a pane that would not deliver', () => {
  requires('cc', 'tmux', 'setpriv', 'root');

  it.each([
    ['in copy mode', ['copy-mode'], /copy mode/],
    ['with input off', ['select-pane', '-d'], /input is switched off/],
    ['that is synchronized', ['set-option', '-p', 'synchronize-panes', 'on'], /synchronize/],
  ])('refuses a pane %s', async (_, [command = '', ...words], message) => {
    const fleet = await makeNudgedFleet();
    const pane = await fleet.start('ada');
    const session = await fleet.session('ada');
    fleet.tmux.run(command, '-t', pane.id, ...words);
    const refused = await expectRefused(fleet, session, 'pane', { transport: 'tmux' });
    expect(refused.outcome === 'refused' && refused.message).toMatch(message);
    expect(fleet.tmux.run('list-buffers')).toBe('');
    expect(await fleet.nudge(session, 'past it', { transport: 'direct' })).toMatchObject({ outcome: 'delivered' });
  });
});

describe('nudge() of a session that would not read', () => {
  requires('cc', 'tmux', 'setpriv', 'root');

  it('refuses one in line mode, unless whole lines will do', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada', 'cooked');
    const session = await fleet.session('ada');
    await expectRefused(fleet, session, 'line_mode');
    expect(await fleet.nudge(session, 'a line', { lineMode: true })).toMatchObject({ outcome: 'delivered' });
    expect(fleet.received(session)).toBe('a line\n');
  });

  it('refuses one that was stopped, and one that Ctrl-Z has put behind its shell', async () => {
    const fleet = await makeNudgedFleet();
    // Not in tmux, which wakes up what stops in its panes.
    await openTerminal(fleet.receivers.run(COMMAND, 'ada'), { cwd: fleet.home('ada') });
    const session = await fleet.session('ada');
    globalThis.process.kill(session.pid ?? 0, 'SIGSTOP');
    await waitFor('the stop', () => processRow(session.pid ?? 0)?.state === 'T');
    await expectRefused(fleet, session, 'stopped');
    globalThis.process.kill(session.pid ?? 0, 'SIGCONT');
    const shell = await openShell({ cwd: fleet.home('bob') });
    shell.type(fleet.receivers.run(COMMAND, 'bob').join(' '));
    const pid = await programBelow(shell.pid, COMMAND);
    await waitFor('the receiver to be ready', () => shell.shown().includes('ready>'));
    const bob = await fleet.session('bob');
    globalThis.process.kill(pid, 'SIGTSTP');
    await waitFor('the shell in front', () => processRow(shell.pid)?.tpgid === processRow(shell.pid)?.pgid);
    await expectRefused(fleet, bob, 'stopped');
    // A receiver that goes on in the background stops again as soon as it reads.
    const background = await openShell({ cwd: fleet.home('eve') });
    background.type(`${install('agent', `${fleet.scratch}/bin/${COMMAND}`)} &`);
    await programBelow(background.pid, COMMAND);
    await expectRefused(fleet, await fleet.session('eve'), 'background');
  });

  describe('in a control group', () => {
    requires('a freezer');

    it('refuses one that is frozen', async () => {
      const fleet = await makeNudgedFleet();
      await fleet.start('ada');
      const session = await fleet.session('ada');
      await makeFreezer(session.pid ?? 0).freeze();
      await expectRefused(fleet, session, 'stopped');
    });
  });

  it('refuses where a child reads from the terminal as well: it may ask for a password', async () => {
    const fleet = await makeNudgedFleet();
    const agent = install('agent', `${fleet.scratch}/bin/${COMMAND}`);
    const pane = fleet.tmux.openPane(fleet.home('ada'), [agent, 'x']);
    const session = await fleet.session('ada');
    pane.type('tool exec cat');
    await programBelow(session.pid ?? 0, 'cat');
    const refused = await expectRefused(fleet, session, 'background', { lineMode: true });
    expect(refused.outcome === 'refused' && refused.message).toMatch(/\(cat\) .* may read what is typed/);
  });

  it('refuses where one that has lost its parent reads from the terminal as well', async () => {
    const fleet = await makeNudgedFleet();
    const agent = install('agent', `${fleet.scratch}/bin/${COMMAND}`);
    const pane = fleet.tmux.openPane(fleet.home('ada'), [agent, 'x']);
    const session = await fleet.session('ada');
    pane.type('tool cat < /dev/tty & exit 0');
    await waitFor('the orphan', () => {
      return processTable().find(({ comm, sid, ppid }) => comm === 'cat' && sid === session.pid && ppid !== sid);
    });
    const refused = await expectRefused(fleet, session, 'background', { lineMode: true });
    expect(refused.outcome === 'refused' && refused.message).toMatch(/\(cat\) .* may read what is typed/);
  });

  it('takes back what a deaf session has not read, and says that it is uncertain', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada', 'deaf');
    const session = await fleet.session('ada');
    for (const transport of ['tmux', 'direct'] as const) {
      const result = await fleet.nudge(session, 'unheard', { transport, readWithinMs: 100 });
      expect(result).toMatchObject({ outcome: 'uncertain', typed: 'text' });
    }
    const fd = fs.openSync(`/dev/${session.terminal?.name}`, fs.constants.O_RDONLY | fs.constants.O_NOCTTY);
    const unread = (await loadTty()).unread(fd);
    fs.closeSync(fd);
    expect(unread).toEqual({ kind: 'value', value: 0 });
  });
});
