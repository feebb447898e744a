import fs from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { toText } from '../../src/model/text.ts';
import { type RunClient, runClient } from '../../src/panes/client.ts';
import { screenTyping } from '../../src/panes/screen-typing.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { COMMAND, makeNudgedFleet, type NudgedFleet } from '../makers/nudged.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories } from '../makers/scratch.ts';
import { startScreen } from '../makers/screen.ts';
import { openTerminal } from '../makers/terminal.ts';

leavesNothingBehind();

const latin1 = (text: string) => Buffer.from(text).toString('latin1');

/** Nudges, and expects the session to have read exactly that, and Enter. */
async function expectDelivered(fleet: NudgedFleet, name: string, text: string, options: object = {}) {
  const session = await fleet.session(name);
  const before = fleet.received(session);
  expect(await fleet.nudge(session, text, options)).toMatchObject({ outcome: 'delivered' });
  expect(fleet.received(session)).toBe(`${before}${latin1(text)}\r`);
}

const ODD_TEXTS: readonly (readonly [string, string])[] = [
  ['an end that parts commands', 'trailing;'],
  ['nothing but that', ';'],
  ['what looks like an option', '-x --help'],
  ['the name of a key', 'Enter'],
  ['what tmux and screen expand', '#{pane_id} #(id) $HOME ^M \\015 %1 ~'],
  ['quotes and blanks', `it's "so"  \\" '' `],
  ['more than ASCII', 'grüße 漢字 🎉'],
  ['20 KB', 'x'.repeat(20_000)],
];

describe('nudge() through tmux', () => {
  requires('cc', 'tmux', 'setpriv');

  it('delivers every byte of every text, and Enter', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada');
    for (const [, text] of ODD_TEXTS) await expectDelivered(fleet, 'ada', text);
    expect(fleet.tmux.run('list-buffers')).toBe('');
  });

  it('delivers 1 MB', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada');
    await expectDelivered(fleet, 'ada', 'y'.repeat(1024 * 1024));
  });

  it('delivers several lines as one bracketed paste, with line ends as from a keyboard', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada');
    const session = await fleet.session('ada');
    expect(await fleet.nudge(session, 'one\ntwo\tthree', { paste: true })).toMatchObject({ outcome: 'delivered' });
    expect(fleet.received(session)).toBe('\x1b[200~one\rtwo\tthree\x1b[201~\r');
  });

  it('finds the pane that was swapped, moved, broken out or joined since the look', async () => {
    const fleet = await makeNudgedFleet();
    const [ada, bob] = [await fleet.start('ada'), await fleet.start('bob')];
    const [session, other] = [await fleet.session('ada'), await fleet.session('bob')];
    const moves: readonly (readonly string[])[] = [
      ['swap-pane', '-s', ada.id, '-t', bob.id],
      ['join-pane', '-d', '-s', ada.id, '-t', bob.id],
      ['swap-pane', '-s', ada.id, '-t', bob.id],
      ['break-pane', '-d', '-s', ada.id],
      ['move-window', '-d', '-s', ada.id, '-t', '9'],
    ];
    for (const [index, move] of moves.entries()) {
      fleet.tmux.run(...move);
      expect(await fleet.nudge(session, `after move ${index}`)).toMatchObject({ outcome: 'delivered' });
    }
    expect(fleet.received(session)).toBe(moves.map((_, index) => `after move ${index}\r`).join(''));
    expect(fleet.received(other)).toBe('');
  });

  it('types into no session whose name begins like the one that is meant, and into one pane of grouped sessions', async () => {
    const fleet = await makeNudgedFleet();
    const pane = await fleet.start('ada');
    await fleet.start('ad');
    fleet.tmux.run('rename-session', '-t', pane.id, 'work');
    fleet.tmux.run('new-session', '-d', '-t', 'work', '-s', 'grouped');
    fleet.tmux.run('new-session', '-d', '-s', 'workbench', 'sleep', '1000');
    await expectDelivered(fleet, 'ada', 'to ada');
    await expectDelivered(fleet, 'ad', 'to ad');
  });

  it('delivers twenty nudges at once one after the other', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada');
    const session = await fleet.session('ada');
    const texts = Array.from({ length: 20 }, (_, index) => `nudge ${index} ${'z'.repeat(index * 50)}`);
    const results = await Promise.all(texts.map((text) => fleet.nudge(session, text, { patienceMs: 60_000 })));
    expect(results.map(({ outcome }) => outcome)).toEqual(texts.map(() => 'delivered'));
    expect(fleet.received(session).split('\r').slice(0, -1).sort()).toEqual([...texts].sort());
  });

  it('types only where the pane shows what was expected', async () => {
    const fleet = await makeNudgedFleet();
    await fleet.start('ada');
    const session = await fleet.session('ada');
    expect(await fleet.nudge(session, 'yes', { expect: /^Proceed\?/m })).toMatchObject({
      outcome: 'refused',
      reason: 'unexpected',
    });
    expect(fleet.received(session)).toBe('');
    expect(await fleet.nudge(session, 'yes', { expect: /^ready> *$/m })).toMatchObject({ outcome: 'delivered' });
  });
});

describe('nudge() into a terminal within a terminal', () => {
  requires('cc', 'tmux', 'setpriv', 'script', 'sudo', 'root');

  it('reaches a session through script(1), and through sudo with a pty, in tmux', async () => {
    const fleet = await makeNudgedFleet();
    for (const [name, launcher] of [
      ['ada', ['script', '-q', '-c']],
      ['bob', ['sudo', 'sh', '-c']],
    ] as const) {
      const run = fleet.receivers.run(COMMAND, name).join(' ');
      fleet.tmux.openPane(fleet.home(name), [...launcher, `exec ${run}`, ...(name === 'ada' ? ['/dev/null'] : [])]);
      for (const transport of ['tmux', 'direct'] as const) {
        await expectDelivered(fleet, name, `by ${transport}`, { transport });
      }
    }
  });

  it('reaches a session in a tmux that runs in a pane of another tmux', async () => {
    const fleet = await makeNudgedFleet();
    const inner = ['tmux', '-L', 'plumbline-inner', '-f', '/dev/null', 'new-session', '-s', 'inner'];
    fleet.tmux.openPane(fleet.home('ada'), ['env', '-u', 'TMUX', ...inner, ...fleet.receivers.run(COMMAND, 'ada')]);
    await expectDelivered(fleet, 'ada', 'to the inner one');
    const session = await fleet.session('ada');
    expect(session.pane).toMatchObject({ kind: 'pane', pane: { address: { text: 'inner:0.0' } } });
  });
});

describe('nudge() past multiplexers, and through screen', () => {
  requires('cc', 'tmux', 'setpriv', 'screen', 'root');

  it('types into the terminal itself, in copy mode too, up to what it takes', async () => {
    const fleet = await makeNudgedFleet();
    const pane = await fleet.start('ada');
    fleet.tmux.run('copy-mode', '-t', pane.id);
    for (const [, text] of ODD_TEXTS.slice(0, -1)) await expectDelivered(fleet, 'ada', text, { transport: 'direct' });
    await expectDelivered(fleet, 'ada', 'w'.repeat(4096), { transport: 'direct' });
    const tooLong = await fleet.nudge(await fleet.session('ada'), 'w'.repeat(4097), { transport: 'direct' });
    expect(tooLong).toMatchObject({ outcome: 'refused', reason: 'text' });
  });

  it('types into a terminal that no multiplexer shows', async () => {
    const fleet = await makeNudgedFleet();
    await openTerminal(fleet.receivers.run(COMMAND, 'ada'), { cwd: fleet.home('ada') });
    await expectDelivered(fleet, 'ada', 'hello');
    const session = await fleet.session('ada');
    expect(await fleet.nudge(session, 'no', { transport: 'tmux' })).toMatchObject({ reason: 'no_pane' });
  });

  it('types through screen what it does not expand, and more than it can stuff', async () => {
    const fleet = await makeNudgedFleet();
    await startScreen(fleet.home('ada'), fleet.receivers.run(COMMAND, 'ada'));
    for (const [, text] of ODD_TEXTS) await expectDelivered(fleet, 'ada', text, { transport: 'screen' });
    await expectDelivered(fleet, 'ada', 'by itself');
    expect(
      fs.readdirSync('/tmp').filter((name) => /^plumbline-\w{6}$/.test(name) && fs.existsSync(`/tmp/${name}/text`)),
    ).toEqual([]);
  });

  it('pastes through screen from wherever TMPDIR is, and no older text where there is none', async () => {
    const fleet = await makeNudgedFleet();
    const screen = await startScreen(fleet.home('ada'), fleet.receivers.run(COMMAND, 'ada'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const text = 'x'.repeat(1000);
    for (const place of makeDirectories(fleet.scratch, 'a b', '$HOME^M')) {
      vi.stubEnv('TMPDIR', place);
      await expectDelivered(fleet, 'ada', text, { transport: 'screen' });
    }
    screen.run('-X', 'register', '~', 'what was there before');
    const run: RunClient = async (server, client) => {
      const [, file] = /'(.*)'/.exec(client.args.find((word) => word.startsWith('readreg')) ?? '') ?? [];
      if (file !== undefined) fs.rmSync(file);
      return runClient(server, client);
    };
    const session = await fleet.session('ada');
    const lost = await fleet.nudge(session, text, { transport: 'screen', run, readWithinMs: 100 });
    expect(lost).toMatchObject({ outcome: 'uncertain', typed: 'text' });
    expect(fleet.received(session)).toBe(`${text}\r`.repeat(2));
  });

  it('gives the user of a screen the text, and nothing to change where it lies', async () => {
    const server = {
      pid: 1,
      startTimeTicks: 0n,
      innerPid: 1,
      uid: 3001,
      gid: 3001,
      socket: '/s/1.a',
      program: 'screen',
    };
    const pane = { multiplexer: 'screen', server, id: '0', address: toText('1.a:0'), alsoAt: [], firstPid: null };
    const seen: unknown[] = [];
    const typing = screenTyping(pane, async (_server, { args }) => {
      const [, file = ''] = /'(.*)'/.exec(args.find((word) => word.startsWith('readreg')) ?? '') ?? [];
      for (const path of [file, file.slice(0, file.lastIndexOf('/'))]) {
        const { uid, mode } = fs.statSync(path);
        seen.push([uid, (mode & 0o777).toString(8)]);
      }
      return { code: 0, stdout: '', stderr: '' };
    });
    expect(await typing.type(Buffer.alloc(1000, 'x'))).toEqual({ kind: 'typed' });
    typing.close();
    expect(seen).toEqual([
      [3001, '600'],
      [0, '711'],
    ]);
  });
});
