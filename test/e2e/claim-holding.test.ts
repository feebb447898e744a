/** How long a claim lasts, who is kept out, and where there is none: with the built command. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeHangingMount } from '../makers/hanging-mount.ts';
import { hasEnded, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet, PLUMB } from './plumb.ts';

const USER = 3001;
let fleet: Fleet;

beforeAll(async () => {
  fleet = new Fleet();
  await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

const claim = (name: string, ...command: string[]) => fleet.plumb(['claim', name, ...fleet.flags, '--', ...command]);

/** Runs a script of bash under a claim, and waits for the number that it prints first. */
async function claimed(name: string, script: string) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: fleet.directory, PLUMBLINE_CONFIG: '/dev/null' };
  const plumb = spawn(process.execPath, [PLUMB, 'claim', name, ...fleet.flags, '--', 'bash', '-c', script], { env });
  onTestFinished(() => void plumb.kill('SIGKILL'));
  return { plumb, number: await firstNumber(plumb) };
}

function firstNumber(child: ChildProcessWithoutNullStreams): Promise<number> {
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(Number.parseInt(data.toString('latin1'), 10)));
    child.stderr.once('data', (data: Buffer) => reject(new Error(data.toString('utf8'))));
  });
}

async function end(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await waitFor(`the end of ${pid}`, () => hasEnded(pid));
}

describe('a claim', () => {
  it('stays with the command where plumb is killed, and ends with it', async () => {
    const { plumb, number: command } = await claimed('ada', 'echo $$; exec sleep 300');
    await end(plumb.pid as number);
    const { code, stderr } = await claim('ada', 'true');
    expect([code, stderr]).toEqual([1, expect.stringContaining(`ada is claimed by ${command} (sleep)\n`)]);
    await end(command);
    expect((await claim('ada', 'true')).code).toBe(0);
  });

  it('stays with what the command leaves behind, unless it closes the descriptor', async () => {
    const { plumb, number: left } = await claimed('ada', 'setsid sleep 300 >/dev/null 2>&1 & echo $!');
    await waitFor('the command to end', () => plumb.exitCode === 0);
    expect((await claim('ada', 'true')).stderr).toContain(`ada is claimed by ${left} (sleep)\n`);
    await end(left);
    const closing = 'setsid sleep 300 >/dev/null 2>&1 {PLUMBLINE_CLAIM_FD}>&- & echo $!';
    const other = await claimed('ada', closing);
    await waitFor('the command to end', () => other.plumb.exitCode === 0);
    expect((await claim('ada', 'true')).code).toBe(0);
    await end(other.number);
  });
});

describe('claims of several users', () => {
  requires('root', 'setpriv', 'a node for every user');

  it('keep each other out, and of the others’ it is told what can be seen', async () => {
    const home = fleet.home('theirs');
    await fleet.start(home, undefined, undefined, USER);
    const theirs = (...words: string[]) => fleet.plumb([...words], { user: USER });
    const tryIt = () => theirs('claim', 'theirs', ...fleet.flags, '--', 'true');
    expect((await tryIt()).code).toBe(0);
    const { plumb } = await claimed('theirs', 'echo $$; read line');
    const refused = await tryIt();
    expect(refused.code).toBe(1);
    const who = `theirs is claimed by unknown (${plumb.pid} in the lock table, unverified)`;
    expect(refused.stderr).toContain(`plumb: ${who}\n`);
    const { sessions } = JSON.parse((await theirs('list', 'theirs', '--json', ...fleet.flags)).stdout);
    expect(sessions[0].claimed_by).toEqual([{ pid: plumb.pid, command: null, verified: false }]);
    const closed = new Promise((resolve) => plumb.once('close', resolve));
    plumb.stdin.end();
    await closed;
    const shell = `exec setpriv --reuid ${USER} --regid ${USER} --clear-groups "$0" "$@"`;
    const words = [process.execPath, PLUMB, 'claim', 'theirs', ...fleet.flags];
    const own = spawn('sh', ['-c', shell, ...words], {
      env: { PLUMBLINE_CONFIG: '/dev/null', HOME: fleet.directory, PATH: process.env['PATH'] },
    });
    onTestFinished(() => void own.kill('SIGKILL'));
    await new Promise((resolve) => own.stdout.once('data', resolve));
    expect((await claim('theirs', 'true')).stderr).toContain(`theirs is claimed by ${own.pid} (plumb.cjs)\n`);
    fs.chmodSync(home, 0o700);
    const denied = await tryIt();
    expect(denied.code).toBe(3);
    expect(denied.stderr).toContain('may not be opened: EACCES\n');
    expect(denied.stderr).toContain('run plumb as root, or as a user who may read that directory');
  });
});

describe('a claim of a home on a network file system', () => {
  requires('cc', 'root', 'mount namespaces', 'bindfs');

  it('is refused before anything is opened there, and nothing hangs', async () => {
    const mount = await makeHangingMount(makeScratch());
    fs.mkdirSync(`${mount.source}/far`);
    fs.symlinkSync(`${mount.path}/far`, fleet.path('link'));
    const [enter = '', ...inside] = mount.inside;
    const start = `cd ${mount.path}/far && exec ${fleet.path(fleet.command)} 1000`;
    const terminal = await openTerminal([enter, ...inside, 'sh', '-c', start], { cwd: '/' });
    await waitFor('the session', () => processRow(terminal.pid)?.comm === fleet.command);
    const commands = ['--command', fleet.command];
    for (const home of [`${mount.path}/far`, fleet.path('link')]) {
      const words = [process.execPath, PLUMB, 'claim', 'far', '--home', `far=${home}`, ...commands, '--', 'true'];
      const { code, stderr } = await run([enter, ...inside, ...words]);
      expect([code, stderr]).toEqual([1, expect.stringContaining('lies on a network file system')]);
    }
    await mount.hang();
    const words = [
      process.execPath,
      PLUMB,
      'claim',
      'far',
      '--home',
      `far=${mount.path}/far`,
      ...commands,
      '--',
      'true',
    ];
    expect((await run([enter, ...inside, ...words])).code).toBe(3);
  });
});

function run([program = '', ...words]: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const env = { PATH: process.env['PATH'], HOME: fleet.directory, PLUMBLINE_CONFIG: '/dev/null' };
  const child = spawn(program, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString('utf8');
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}
