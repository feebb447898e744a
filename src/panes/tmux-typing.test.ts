import { describe, expect, it } from 'vitest';
import type { Pane } from '../model/pane.ts';
import { toText } from '../model/text.ts';
import type { ClientAnswer, ClientRun } from './client.ts';
import { tmuxTyping } from './tmux-typing.ts';

const PANE: Pane = {
  multiplexer: 'tmux',
  server: { pid: 10, startTimeTicks: 1n, innerPid: 10, uid: 0, gid: 0, socket: '/tmp/s', program: '/usr/bin/tmux' },
  id: '%7',
  address: toText('work:1.0'),
  alsoAt: [],
  firstPid: 11,
};

/** Types by a server that answers so, one answer after the other. */
function typingWith(...answers: readonly Partial<ClientAnswer>[]) {
  const runs: ClientRun[] = [];
  const typing = tmuxTyping(PANE, async (_server, run) => {
    runs.push(run);
    return { code: 0, stdout: '', stderr: '', ...answers[runs.length - 1] };
  });
  return { typing, condition: () => runs.at(-1)?.args.find((word) => word.startsWith('#{&&:')) };
}

describe('tmuxTyping', () => {
  it.each([
    'no server running on /tmp/s',
    'error connecting to /tmp/s (No such file or directory)',
    "can't find pane: %7",
  ])('has typed nothing where %s', async (stderr) => {
    const { typing } = typingWith({ code: 1, stderr });
    expect(await typing.enter()).toMatchObject({ outcome: 'refused', reason: 'changed' });
  });

  it('may have typed where its server was lost', async () => {
    const { typing } = typingWith({ code: 1, stderr: 'server exited unexpectedly' });
    expect(await typing.enter()).toMatchObject({ kind: 'uncertain' });
  });

  it('presses Enter only where what was in front at the text still is', async () => {
    const { typing, condition } = typingWith(
      { stdout: 'plumbline-sent claude\n' },
      { stdout: '%7 11 10 0 0 0 0 bash\n' },
      { stdout: 'plumbline-sent bash\n' },
    );
    await typing.type(Buffer.from('text'));
    expect(condition()).not.toContain('pane_current_command');
    expect(await typing.enter()).toMatchObject({
      reason: 'background',
      message: expect.stringMatching(/bash is in front/),
    });
    expect(condition()).toContain('#{==:#{pane_current_command},claude}');
    // A program may give itself another name: whoever has verified it again may try again.
    expect(await typing.enter()).toEqual({ kind: 'typed' });
    expect(condition()).toContain('#{==:#{pane_current_command},bash}');
  });

  it.each([
    ['sent', 'plumbline-sent \n'],
    ['refused', '%7 11 10 0 1 0 0 \n'],
  ])('takes no other word for the name of a program that has none (%s)', async (_, stdout) => {
    const { typing, condition } = typingWith({ stdout });
    await typing.type(Buffer.from('text'));
    await typing.enter();
    expect(condition()).not.toContain('pane_current_command');
  });

  it('compares no name that has a meaning in a format', async () => {
    const { typing, condition } = typingWith({ stdout: 'plumbline-sent a}b,#c\n' }, { stdout: 'plumbline-sent x\n' });
    await typing.type(Buffer.from('text'));
    await typing.enter();
    expect(condition()).not.toContain('pane_current_command');
  });
});
