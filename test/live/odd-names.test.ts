import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Text, toBytes } from '../../src/model/text.ts';
import { observe } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesIn, lookAt, reportOf } from '../makers/look.ts';
import { isOn } from '../makers/on-terminal.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** Bytes of a name, as latin1. */
const ODD_NAMES: readonly [string, string][] = [
  ['a newline', 'new\nline\t4711\tforged'],
  ['a tab', 'tab\there'],
  ['an escape sequence', 'esc\x1b[31mred'],
  ['bytes that are not UTF-8', 'bytes\xff\xfe'],
  ['UTF-8', Buffer.from('Ωmega', 'utf8').toString('latin1')],
  ['the replacement character itself', Buffer.from('\uFFFD', 'utf8').toString('latin1')],
  ['the ending ` (deleted)`', 'ada (deleted)'],
  ['the look of a stat line', 'x) R 1 1 1 34816'],
  ['a backslash', 'back\\nslash'],
  ['blanks at both ends', ' ada '],
];

describe('observe() of homes with odd names', () => {
  requires('cc', 'the whole machine');

  it.each(ODD_NAMES)('keeps %s whole, byte by byte', async (_what, name) => {
    const scratch = makeScratch();
    const homes = `${scratch}/homes`;
    const home = Buffer.from(`${homes}/${name}`, 'latin1');
    fs.mkdirSync(homes);
    fs.mkdirSync(home);
    const claude = install('agent', `${scratch}/bin/claude`);
    const terminal = await openTerminal([claude], { cwd: scratch });
    terminal.press('cd ');
    // A terminal takes a line whole only without its control characters, so the directory is named by a link.
    fs.symlinkSync(home, `${scratch}/link`);
    terminal.type(`${scratch}/link`);
    await waitFor('the agent at home', () => cwdBytes(terminal.pid) === home.toString('latin1'));
    const { sessions, homes: reports } = await observe({ homes: [homesIn(homes)], commands: ['claude'] });
    expect(reports).toHaveLength(1);
    expect(sessions).toHaveLength(1);
    const [session] = sessions;
    expect(session).toMatchObject({ pid: terminal.pid, verdict: 'alive' });
    expect(toBytes(session?.name as Text)).toBe(name);
    expect(toBytes(session?.cwd as Text)).toBe(home.toString('latin1'));
    expect(session?.name.base64 === null).toBe(isUtf8(name));
  });

  it('keeps odd bytes in the name of a program', async () => {
    const scratch = makeScratch();
    const name = 'a) R 1\n\tx';
    const terminal = await openTerminal([install('agent', `${scratch}/bin/${name}`)], { cwd: scratch });
    const report = reportOf(await lookAt({ ada: scratch }, { commands: [name] }), 'ada');
    expect(report.session).toMatchObject({
      pid: terminal.pid,
      command: { text: name },
      terminal: { name: terminal.name },
    });
  });
});

describe('observe() of deep directories', () => {
  requires('cc', 'the whole machine');

  /** An agent in a home, and in the last of many directories, each in the one before. */
  async function agentBelow(levels: number, name: string) {
    const scratch = makeScratch();
    const home = `${scratch}/home`;
    fs.mkdirSync(home);
    const claude = install('agent', `${scratch}/bin/claude`);
    const descend = `for i in $(seq ${levels}); do mkdir ${name} && cd -P ${name} || exit 1; done; exec ${claude}`;
    const terminal = await openTerminal(['bash', '-c', descend], { cwd: home });
    await waitFor('the agent at the bottom', () => processRow(terminal.pid)?.comm === 'claude');
    return { home, terminal };
  }

  it('finds the home of a process whose path is longer than the kernel prints', async () => {
    const { home, terminal } = await agentBelow(40, 'n'.repeat(200));
    expect(() => fs.readlinkSync(`/proc/${terminal.pid}/cwd`)).toThrow('ENAMETOOLONG');
    const snapshot = await lookAt({ ada: home });
    const report = reportOf(snapshot, 'ada');
    expect(report).toMatchObject({ verdict: 'alive', session: { pid: terminal.pid, cwd: null } });
    expect(snapshot.coverage.complete).toBe(true);
  });

  it('lists a terminal in such a directory without configuration', async () => {
    const { terminal } = await agentBelow(40, 'n'.repeat(200));
    const { sessions } = await observe();
    const lines = sessions.filter(isOn(terminal));
    expect(lines).toHaveLength(1);
  });

  it('never says `none` of a home that is further up than it climbs', async () => {
    const scratch = makeScratch();
    const [bottom] = makeDirectories(scratch, `home/${'d/'.repeat(700)}`);
    const terminal = await openTerminal([install('agent', `${scratch}/bin/claude`)], { cwd: bottom });
    const snapshot = await lookAt({ ada: `${scratch}/home` });
    const report = reportOf(snapshot, 'ada');
    if (report.verdict === 'alive') {
      expect(report.session?.pid).toBe(terminal.pid);
      return;
    }
    expect(report.verdict).toBe('unknown');
    expect(snapshot.coverage).toMatchObject({
      complete: false,
      reasons: [{ code: 'cwd_unreadable', count: 1, pids: [terminal.pid] }],
    });
  });
});

function cwdBytes(pid: number): string {
  return fs.readlinkSync(`/proc/${pid}/cwd`, 'latin1');
}

function isUtf8(bytes: string): boolean {
  const buffer = Buffer.from(bytes, 'latin1');
  return Buffer.from(buffer.toString('utf8'), 'utf8').equals(buffer);
}
