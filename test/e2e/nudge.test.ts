import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeReceivers } from '../makers/receiver.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet, PLUMB } from './plumb.ts';

describe('plumb nudge', () => {
  requires('cc');
  const fleet = new Fleet();
  const receivers = makeReceivers(fleet.path('bin'));
  let ada: number;
  const read = () => [...receivers.received('log').values()].join('');

  beforeAll(async () => {
    ada = await fleet.start(fleet.home('ada'), receivers.program(fleet.command), [fleet.path('bin', 'log')]);
    fleet.home('empty');
    await waitFor('the receiver', () => receivers.received('log').size > 0);
  });
  afterAll(() => fleet.end());

  it('types the text and Enter, and says so', async () => {
    const { code, stdout, stderr } = await fleet.plumb(['nudge', 'ada', 'go on', ...fleet.flags]);
    expect([code, stdout, stderr]).toEqual([0, `ada\t${ada}\tdirect\t5\n`, '']);
    expect(read()).toBe('go on\r');
  });

  it('types what stands on stdin, without the end of its last line', async () => {
    const words = ['nudge', 'ada', ...fleet.flags, '-o', 'table'].map((it) => `'${it}'`).join(' ');
    const { code, stdout } = await fleet.shell(`echo 'from a pipe' | plumb ${words}`);
    expect([code, stdout]).toEqual([0, `ada has read 11 bytes and Enter (pid ${ada}, by direct)\n`]);
    expect(read()).toBe('go on\rfrom a pipe\r');
  });

  it('types no bytes that Node has replaced, and no more than can be typed of what has no end', async () => {
    const before = read();
    const words = ['nudge', 'ada', ...fleet.flags].map((it) => `'${it}'`).join(' ');
    expect(await fleet.shell(`plumb ${words} "$(printf 'caf\\351')"`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not UTF-8'),
    });
    expect(await fleet.shell(`plumb ${words} < /dev/zero`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('more than 1048576 bytes'),
    });
    expect(read()).toBe(before);
  });

  it('has everything in JSON', async () => {
    const { code, stdout } = await fleet.plumb(['nudge', 'ada', 'as json', ...fleet.flags, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'ada',
      pid: ada,
      outcome: 'delivered',
      transport: 'direct',
      typed: 'text_and_enter',
      byte_count: 7,
    });
  });

  it.each([
    ['several lines', ['nudge', 'ada', 'a\nb'], 1, /several lines\n +--paste/],
    [
      'what the pane does not show',
      ['nudge', 'ada', 'a', '--expect', 'x'],
      1,
      /direct does not tell what the pane shows/,
    ],
    [
      'a way that does not lead there',
      ['nudge', 'ada', 'a', '--transport', 'tmux'],
      /[13]/,
      /no multiplexer shows|is unknown/,
    ],
    ['a home without a session', ['nudge', 'empty', 'a'], /[13]/, /empty/],
  ])('refuses %s, and types nothing', async (_, args, code, message) => {
    const before = read();
    const ran = await fleet.plumb([...args, ...fleet.flags]);
    expect(String(ran.code)).toMatch(code instanceof RegExp ? code : new RegExp(`^${code}$`));
    expect(ran.stderr).toMatch(message);
    expect([ran.stdout, read()]).toEqual(['', before]);
  });

  it.each([
    [['nudge', 'ada', 'a', '--transport', 'pigeon'], /tmux, screen, direct/],
    [['nudge', 'ada', 'a', '--expect', '('], /--expect \(/],
    [['nudge', 'ada', 'a', '--enter-delay', '2h'], /--enter-delay: 2h is no duration/],
  ])('calls %j a mistake', async (args, message) => {
    const { code, stderr } = await fleet.plumb([...args, ...fleet.flags]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('needs to know which programs are sessions', async () => {
    const { code, stderr } = await fleet.plumb(['nudge', 'ada', 'a', '--home', fleet.path('agents/*')]);
    expect(code).toBe(2);
    expect(stderr).toContain('nudges need commands');
  });

  it('says what it has typed when it is interrupted before Enter', async () => {
    const before = read();
    const args = [PLUMB, 'nudge', 'ada', 'half', '--enter-delay', '1m', ...fleet.flags];
    const child = spawn(process.execPath, args, { env: { PATH: '/usr/bin:/bin', PLUMBLINE_CONFIG: '/dev/null' } });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = new Promise((resolve) => child.once('close', resolve));
    await waitFor('the text', () => read() === `${before}half`);
    child.kill('SIGINT');
    expect(await code).toBe(1);
    expect(stderr).toContain('the text was typed, and Enter was not pressed: it was called off');
    expect(read()).toBe(`${before}half`);
  });
});
