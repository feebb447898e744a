/** Signals to one session, and to all that descends from it, by the built command. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { asUser, withProcMounted } from '../makers/namespaces.ts';
import { hasEnded, processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor, waitForText } from '../makers/wait-for.ts';
import { Fleet, PLUMB } from './plumb.ts';

leavesNothingBehind();

let fleet: Fleet;
beforeAll(() => {
  fleet = new Fleet();
});
afterAll(() => fleet.end());

describe('plumb signal', () => {
  it('sends it to the session, says to whom, and may be asked by name or number', async () => {
    const pid = await fleet.start(fleet.home('ada'));
    const stop = await fleet.plumb(['signal', 'ada', 'SIGSTOP', ...fleet.flags]);
    expect(stop).toEqual({ code: 0, stdout: `${pid}\t${fleet.command}\n`, stderr: '' });
    await waitFor('it to stop', () => processRow(pid)?.state === 'T');
    const go = await fleet.plumb(['signal', 'ada', '18', '--json', ...fleet.flags]);
    expect(JSON.parse(go.stdout)).toMatchObject({
      schema_version: 1,
      outcome: 'sent',
      signal: 'SIGCONT',
      processes: [{ pid, command: fleet.command, start_time_ticks: expect.stringMatching(/^\d+$/) }],
      left: [],
      complete: true,
    });
    const shown = await fleet.plumbOnTerminal(['signal', 'ada', 'term', ...fleet.flags]);
    expect(shown).toMatchObject({ code: 0, stdout: `SIGTERM sent to ada: ${pid} (${fleet.command})\n` });
    await waitFor('its end', () => processRow(pid) === null);
  });

  it.each([
    [['nobody', 'TREM'], 'there is no signal TREM\n       did you mean TERM?'],
    [['nobody', '0'], 'the signal 0 sends nothing\n       plumb pid NAME says'],
    [['nobody'], "missing required argument 'signal'"],
  ])('refuses what makes no sense: %j', async (words, message) => {
    const { code, stdout, stderr } = await fleet.plumb(['signal', ...words, ...fleet.flags]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('needs to be told what a session is', async () => {
    const home = ['--home', fleet.path('agents/*')];
    for (const [flags, lack] of [
      [[], 'homes'],
      [home, 'commands'],
    ] as const) {
      const { code, stderr } = await fleet.plumb(['signal', 'ada', 'TERM', ...flags]);
      expect([code, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(`signals need ${lack}`)]);
    }
  });

  it('signals none of several that claim a home', async () => {
    const twins = [await fleet.start(fleet.home('twin')), await fleet.start(fleet.home('twin'))];
    const { code, stdout, stderr } = await fleet.plumb(['signal', 'twin', 'KILL', '--tree', ...fleet.flags]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('twin');
    expect(twins.some(hasEnded)).toBe(false);
  });

  it('says where there is no session', async () => {
    fleet.home('empty');
    const { code, stderr } = await fleet.plumb(['signal', 'empty', 'TERM', ...fleet.flags]);
    expect([1, 3]).toContain(code);
    expect(stderr).toContain('plumb show empty says what is there instead');
  });
});

describe('plumb signal from inside the session', () => {
  requires('cc');

  it.each(['', '--tree'])('refuses to signal its own parents %s', async (tree) => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const terminal = await openTerminal([install('agent', `${scratch}/bin/${fleet.command}`)], { cwd: home });
    const plumb = `${globalThis.process.execPath} ${PLUMB} signal ada KILL ${tree} --config /dev/null`;
    const flags = `--home '${scratch}/homes/*' --command ${fleet.command}`;
    terminal.type(`tool ${plumb} ${flags} > ${scratch}/out 2>&1; echo $? > ${scratch}/code`);
    const code = await waitForText(`${scratch}/code`);
    expect(fs.readFileSync(`${scratch}/out`, 'utf8')).toContain(`plumb runs inside ada: ${terminal.pid} is one of its`);
    expect(code).toBe('1');
    expect(hasEnded(terminal.pid)).toBe(false);
  });
});

describe('plumb signal as another user', () => {
  requires('cc', 'root', 'setpriv', 'a node for every user', 'the whole machine', 'mount namespaces');
  const USER = 3001;

  it('sends nothing to a session that it may not look into', async () => {
    const pid = await fleet.start(fleet.home('theirs'), undefined, undefined, 3002);
    const ran = await fleet.plumb(['signal', 'theirs', 'KILL', ...fleet.flags], { user: USER });
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(hasEnded(pid)).toBe(false);
  });

  it('is denied by the kernel where it sees the session and may not signal it', async () => {
    const pid = await fleet.start(fleet.home('seen'), undefined, undefined, 3002);
    // What may be read with this capability may not be signalled by it.
    const rights = ['--inh-caps', '+sys_ptrace', '--ambient-caps', '+sys_ptrace'];
    const user = ['--reuid', String(USER), '--regid', String(USER), '--clear-groups', ...rights];
    for (const tree of [[], ['--tree']]) {
      const words = ['signal', 'seen', 'KILL', ...tree, '--json', '--config', '/dev/null', ...fleet.flags];
      const line = ['setpriv', ...user, globalThis.process.execPath, PLUMB, ...words].map((it) => `'${it}'`).join(' ');
      const { code, stdout, stderr } = await fleet.shell(line);
      expect([code, stdout]).toEqual([3, '']);
      expect(JSON.parse(stderr)).toMatchObject({
        error: { code: 'denied', message: expect.stringContaining('EPERM') },
      });
    }
    expect(hasEnded(pid)).toBe(false);
  });

  it('says that it may have missed one where processes are hidden', async () => {
    const pid = await fleet.start(fleet.home('mine'), undefined, undefined, USER);
    const words = ['signal', 'mine', 'WINCH', '--tree', '--json', '--config', '/dev/null', ...fleet.flags];
    const plumb = asUser(USER, globalThis.process.execPath, PLUMB, ...words);
    const told = async (command: readonly string[]) => {
      const { code, stdout, stderr } = await fleet.shell(command.map((it) => `'${it}'`).join(' '));
      const { processes, complete } = JSON.parse(stdout);
      return {
        code,
        pids: processes.map((it: { pid: number }) => it.pid),
        complete,
        isNoted: stderr.includes('hidepid'),
      };
    };
    expect(await told(plumb)).toEqual({ code: 0, pids: [pid], complete: true, isNoted: false });
    const hidden = await told(withProcMounted('hidepid=invisible', ...plumb));
    expect(hidden).toEqual({ code: 3, pids: [pid], complete: false, isNoted: true });
  });

  it('sends nothing at all where one that descends from it is denied', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    // A program that becomes another user, as sudo does.
    const become = `${scratch}/become`;
    execFileSync('cp', [execFileSync('which', ['setpriv'], { encoding: 'utf8' }).trim(), become]);
    fs.chmodSync(become, 0o4755);
    const agent = install('agent', `${scratch}/bin/${fleet.command}`);
    const run = ['setpriv', '--reuid', String(USER), '--regid', String(USER), '--clear-groups', agent];
    const terminal = await openTerminal(run, { cwd: home });
    await waitFor('the agent', () => processRow(terminal.pid)?.comm === fleet.command);
    terminal.type('job sleep 300');
    terminal.type(`job exec ${become} --reuid 0 sleep 301`);
    const mine = await programBelow(terminal.pid, 'sleep', (row) => ownerOf(row.pid) === USER);
    const theirs = await programBelow(terminal.pid, 'sleep', (row) => ownerOf(row.pid) === 0);
    const flags = ['--home', `${scratch}/homes/*`, '--command', fleet.command];
    const ran = await fleet.plumb(['signal', 'ada', 'KILL', '--tree', ...flags], { user: USER });
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toContain(`${theirs} (sleep), which descends from it, may not be signalled: EPERM`);
    expect([terminal.pid, mine, theirs].some(hasEnded)).toBe(false);
    expect(await fleet.plumb(['signal', 'ada', 'KILL', ...flags], { user: USER })).toMatchObject({ code: 0 });
    await waitFor('its end', () => hasEnded(terminal.pid));
    expect(processTable().filter(({ pid }) => pid === mine || pid === theirs)).toHaveLength(2);
  });
});

function ownerOf(pid: number): number {
  return fs.statSync(`/proc/${pid}`).uid;
}
