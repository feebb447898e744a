/** `plumb claim` and `plumb route` on real sessions, as an operator has them. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import * as pty from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet, PLUMB } from './plumb.ts';

const ODD = ' new\nline\tand more';
let fleet: Fleet;
let ada: number;

beforeAll(async () => {
  fleet = new Fleet();
  ada = await fleet.start(fleet.home('ada'));
  await fleet.start(fleet.home(ODD));
  fleet.home('empty');
});
afterAll(() => fleet.end());

/** Starts plumb with pipes and without a terminal, and tells what it has said so far. */
function start(args: readonly string[]) {
  const child = spawn(process.execPath, [PLUMB, ...args], { env: environment(), stdio: 'pipe', detached: true });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (data: Buffer) => {
      said[name] += data.toString('utf8');
    });
  }
  return { child, said, code: ended(child) };
}

function ended(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return new Promise((resolve) => child.once('close', (code) => resolve(code)));
}

function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: fleet.directory, PLUMBLINE_CONFIG: '/dev/null' };
}

/** A claim by a command that lives until `let go` is called. */
async function claimed(name: string) {
  const { child, said, code } = start(['claim', name, ...fleet.flags, '--', 'bash', '-c', 'echo $$; read line']);
  const command = await waitFor(
    'the command',
    () => Number(said.stdout) || (child.exitCode !== null && Promise.reject(new Error(said.stderr))),
  );
  return {
    plumb: child.pid as number,
    command,
    letGo: () => {
      child.stdin.end();
      return code;
    },
  };
}

const claim = (name: string, ...command: string[]) => fleet.plumb(['claim', name, ...fleet.flags, '--', ...command]);

describe('plumb claim NAME -- COMMAND', () => {
  it('runs it with what it has to know, and ends with its exit code', async () => {
    const script = 'echo "$PLUMBLINE_NAME|$PLUMBLINE_HOME|$PLUMBLINE_PID|$PLUMBLINE_TERMINAL"; exit 7';
    const { code, stdout, stderr } = await claim('ada', 'sh', '-c', script);
    expect([code, stderr]).toEqual([7, '']);
    expect(stdout).toMatch(new RegExp(`^ada\\|${fleet.path('agents/ada')}\\|${ada}\\|pts/\\d+\\n$`));
  });

  it('hands on the lock: the descriptor is the home', async () => {
    const { stdout } = await claim('ada', 'sh', '-c', 'readlink /proc/self/fd/$PLUMBLINE_CLAIM_FD');
    expect(stdout).toBe(`${fleet.path('agents/ada')}\n`);
  });

  it('keeps odd names whole', async () => {
    const { code, stdout } = await claim(ODD, 'sh', '-c', 'printf "%s|%s" "$PLUMBLINE_NAME" "$PLUMBLINE_HOME"');
    expect([code, stdout]).toEqual([0, `${ODD}|${fleet.path('agents', ODD)}`]);
  });

  it('gives the options behind -- to the command', async () => {
    const { code, stdout } = await claim('ada', 'echo', '--json', '--', '-x');
    expect([code, stdout]).toEqual([0, '--json -- -x\n']);
  });

  it('ends with 128 and the number of the signal that ended it', async () => {
    expect((await claim('ada', 'sh', '-c', 'kill -KILL $$')).code).toBe(137);
  });

  it('says why a command cannot be run, and claims nothing then', async () => {
    const missing = await claim('ada', './not-there');
    expect(missing).toEqual({ code: 127, stdout: '', stderr: 'plumb: ./not-there cannot be run: ENOENT\n' });
    expect((await claim('ada', fleet.path('agents'))).code).toBe(126);
    expect((await claim('ada', 'true')).code).toBe(0);
  });

  it('passes SIGTERM on, and ends as the command does', async () => {
    const script = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done';
    const { child, said, code } = start(['claim', 'ada', ...fleet.flags, '--', 'sh', '-c', script]);
    await waitFor('the command', () => said.stdout === 'ready\n');
    child.kill('SIGTERM');
    expect(await code).toBe(9);
  });

  it('leaves Ctrl-C to the terminal, which the command gets once, and passes on an interrupt from elsewhere', async () => {
    const script =
      'n=0; trap "n=\\$((n+1)); echo got \\$n" INT; echo ready; while [ -e wait ]; do sleep 0.05; done; echo $n in all';
    fs.writeFileSync(fleet.path('wait'), '');
    const args = [PLUMB, 'claim', 'ada', ...fleet.flags, '--', 'sh', '-c', script];
    const terminal = pty.spawn(process.execPath, args, { cwd: fleet.directory, env: environment() });
    let shown = '';
    terminal.onData((data) => {
      shown += data;
    });
    const code = new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await waitFor('the command', () => shown.includes('ready'));
    terminal.write('\x03');
    await waitFor('the interrupt', () => shown.includes('got 1'));
    fs.rmSync(fleet.path('wait'));
    expect(await code).toBe(0);
    expect(shown).toContain('1 in all');

    const elsewhere = 'trap "exit 5" INT; echo ready; while :; do sleep 0.05; done';
    const piped = start(['claim', 'ada', ...fleet.flags, '--', 'sh', '-c', elsewhere]);
    await waitFor('the command', () => piped.said.stdout === 'ready\n');
    piped.child.kill('SIGINT');
    expect(await piped.code).toBe(5);
  });
});

describe('a claimed session', () => {
  it('is refused to others, who are told which command has it', async () => {
    const holder = await claimed('ada');
    const { code, stdout, stderr } = await claim('ada', 'true');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`plumb: ada is claimed by ${holder.command} (bash) and 1 more\n`);
    const told = JSON.parse((await fleet.plumb(['claim', 'ada', '--json', ...fleet.flags, '--', 'true'])).stderr);
    expect(told.error.code).toBe('busy');
    await holder.letGo();
    expect((await claim('ada', 'true')).code).toBe(0);
  });

  it('is shown as such by list and show, and piped lines stay as they are', async () => {
    const before = await fleet.plumb(['list', ...fleet.flags]);
    const plain = await fleet.plumbOnTerminal(['list', '--no-color', ...fleet.flags]);
    expect(plain.stdout).not.toContain('CLAIMED BY');
    const holder = await claimed('ada');
    expect(await fleet.plumb(['list', ...fleet.flags])).toEqual(before);
    const table = await fleet.plumbOnTerminal(['list', '--no-color', ...fleet.flags]);
    expect(table.stdout).toMatch(/^NAME +PID +TTY +PANE +STATE +AGE +IDLE +COMMAND +CLAIMED BY +CWD\n/);
    expect(table.stdout).toMatch(new RegExp(`^ada +${ada} .* ${holder.command} \\(bash\\) +/`, 'm'));
    const { sessions } = JSON.parse((await fleet.plumb(['list', '--json', ...fleet.flags])).stdout);
    const holders = [
      { pid: holder.command, command: 'bash', verified: true },
      { pid: holder.plumb, command: 'plumb.cjs', verified: true },
    ];
    expect(sessions.map((it: { claimed_by: unknown }) => it.claimed_by)).toEqual([[], holders]);
    const { stdout } = await fleet.plumb(['show', 'ada', ...fleet.flags]);
    expect(stdout).toMatch(new RegExp(`^ +claimed by +${holder.command} \\(bash\\)`, 'm'));
    const [, check = ''] = /claimed by.*\$ (grep .*)$/m.exec(stdout) ?? [];
    expect((await fleet.shell(check)).stdout).toContain('FLOCK  ADVISORY  WRITE');
    await holder.letGo();
  });
});

describe('plumb claim NAME', () => {
  it('tells the claim in a line, and holds it until its stdin closes', async () => {
    const { child, said, code } = start(['claim', 'ada', ...fleet.flags]);
    await waitFor('the claim', () => said.stdout.includes('\n'));
    expect(said.stdout).toBe(`ada\t${ada}\t${fleet.path('agents/ada')}\n`);
    const { stderr } = await claim('ada', 'true');
    expect(stderr).toContain(`ada is claimed by ${child.pid} (plumb.cjs)\n`);
    child.stdin.write('what is typed is not looked at\n');
    child.stdin.end();
    expect(await code).toBe(0);
    expect((await claim('ada', 'true')).code).toBe(0);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('lets go at %s', async (signal, expected) => {
    const { child, said, code } = start(['claim', 'ada', '--json', ...fleet.flags]);
    const claimOf = await waitFor('the claim', () => said.stdout.endsWith('\n') && JSON.parse(said.stdout).claim);
    expect(claimOf).toMatchObject({ name: 'ada', pid: ada, home: fleet.path('agents/ada') });
    child.kill(signal);
    expect([await code, said.stderr]).toEqual([expected, '']);
  });

  it('lets go at once where its stdin is closed already', async () => {
    const { code, stdout } = await fleet.plumb(['claim', 'ada', ...fleet.flags]);
    expect([code, stdout]).toEqual([0, `ada\t${ada}\t${fleet.path('agents/ada')}\n`]);
  });

  it.each([
    [['ada', 'true'], 'true stands without -- in front', 'plumb claim NAME -- COMMAND'],
    [[], "missing required argument 'name'", ''],
  ])('refuses %j', async (words, message, hint) => {
    const { code, stderr } = await fleet.plumb(['claim', ...words, ...fleet.flags]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toContain(hint);
  });

  it('needs to know what a session is', async () => {
    const { code, stderr } = await fleet.plumb(['claim', 'ada', '--home', fleet.path('agents/*'), '--', 'true']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('claims need commands')]);
    expect((await fleet.plumb(['claim', 'ada', '--', 'true'])).stderr).toContain('claims need homes');
  });

  it('says of a home without a session that there is none', async () => {
    const { code, stdout, stderr } = await claim('empty', 'true');
    // Where something of this machine cannot be seen, "no" cannot be proven.
    expect([1, 3]).toContain(code);
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('plumb show empty says what is there instead')]);
  });
});

describe('plumb route', () => {
  it('gives the command a session that is free', async () => {
    const { code, stdout, stderr } = await fleet.plumb([
      ...['route', ...fleet.flags, '--where', 'name=ada', '--'],
      ...['sh', '-c', 'echo "$PLUMBLINE_NAME $PLUMBLINE_PID"'],
    ]);
    expect([code, stdout, stderr]).toEqual([0, `ada ${ada}\n`, '']);
  });

  it('tells of every session why it was not taken', async () => {
    const holder = await claimed('ada');
    const { code, stdout, stderr } = await fleet.plumb(['route', ...fleet.flags, '--where', 'name=a*', '--', 'true']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('plumb: no session that matches is free\n');
    expect(stderr).toMatch(/^NAME +PID +ACTIVITY +IDLE +NOT TAKEN +WHY$/m);
    expect(stderr).toMatch(new RegExp(`^ada +${ada} +- +- +busy +it is claimed by ${holder.command} \\(bash\\)$`, 'm'));
    expect(stderr).toMatch(/^ new\\nline\\tand more +\d+ +- +- +filtered +its name is not a\*$/m);
    const json = await fleet.plumb(['route', '--json', ...fleet.flags, '--where', 'name=a*', '--', 'true']);
    const { error } = JSON.parse(json.stderr);
    expect([json.code, json.stdout, error.code]).toEqual([1, '', 'not_idle']);
    expect(error.considered).toContainEqual({
      name: 'ada',
      pid: ada,
      command: fleet.command,
      activity: null,
      idle_seconds: null,
      passed_over: 'busy',
      message: `it is claimed by ${holder.command} (bash)`,
    });
    await holder.letGo();
  });

  it.each([
    ['colour=red', "what there is: name=, command=, cwd=, home=, terminal= and 'idle>'"],
    ['idle', "--where 'idle>5m'"],
    ['idle=5m', "--where 'idle>5m'"],
    ['idle>soon', '500ms, 90s'],
    ['name>ada', 'name is compared with ='],
    ['name=', 'name is compared with ='],
  ])('refuses --where %s', async (condition, hint) => {
    const { code, stderr } = await fleet.plumb(['route', ...fleet.flags, '--where', condition, '--', 'true']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(hint)]);
  });
});
