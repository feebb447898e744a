/** What goes to which stream, what a program gets to see of errors, and how it all ends. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from './plumb.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = new Fleet();
  await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

describe('a closed pipe', () => {
  it.each([
    'plumb list | head -0',
    'plumb | true',
    'plumb list -o json | head -c 1 >/dev/null',
    'plumb --help | head -1 >/dev/null',
  ])('ends %s quietly, with 0', async (line) => {
    // What plumb has to say of the machine is no complaint about the pipe.
    const quiet = `{ ${line}; } 2> >(grep -Ev '^plumb: (next|not seen|several|unknown)' >&2)`;
    expect(await fleet.shell(quiet)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('is noticed: the reader is gone before anything is written', async () => {
    const { stdout, stderr } = await fleet.shell('plumb list --json | (exec 0<&-; sleep 1); echo "$PIPESTATUS"');
    expect([stdout, stderr]).toEqual(['0\n', '']);
  });

  it('on stderr loses what was said there, and not the exit code', async () => {
    expect((await fleet.shell('{ plumb shwo 2>&1 >&3 | (exec 0<&-; sleep 1); } 3>&1')).code).toBe(2);
    const empty = `plumb pid nobody ${fleet.flags.map((flag) => `'${flag}'`).join(' ')} 2>/dev/full`;
    expect((await fleet.shell(empty)).code).toBe(1);
  });

  it('loses nothing of a long answer to a slow reader, even where somebody has made the pipe not to block', async () => {
    for (let index = 0; index < 300; index++) fleet.home(`${index} ${'long '.repeat(40)}`);
    // A pipe belongs to all who hold it: Node sets O_NONBLOCK on one that it writes to as a stream.
    const other = `node -e 'process.stdout.write(""); setTimeout(() => {}, 5000)' &`;
    const untilNonBlocking = "until grep -q 'flags:.*[4-7]...$' /proc/self/fdinfo/1; do sleep 0.05; done";
    const { stdout, stderr } = await fleet.shell(
      `{ ${other} ${untilNonBlocking}; plumb homes --json --home '${fleet.path('agents/*')}'; } | (sleep 3; cat)`,
    );
    expect(stderr).toBe('');
    expect(stdout.length).toBeGreaterThan(100_000);
    expect(JSON.parse(stdout).homes).toHaveLength(301);
  });

  it('is told from a full disk', async () => {
    const { code, stderr } = await fleet.shell('plumb list > /dev/full');
    expect(code).toBe(2);
    expect(stderr).toContain('plumb: cannot write the answer: ENOSPC');
  });
});

describe('wrong arguments', () => {
  it.each([
    [['shwo', 'ada'], 'there is no command shwo', 'did you mean plumb show?'],
    [['ada'], 'there is no command ada', 'plumb show ada shows a session'],
    [['list', '--jso'], "unknown option '--jso'", 'Did you mean --json?'],
    [['show'], "missing required argument 'name'", 'plumb --help'],
    [['show', 'a', 'b'], 'too many arguments', 'plumb --help'],
    [['list', '-o', 'xml'], "argument 'xml' is invalid", ''],
    [['list', '--json', '-o', 'tsv'], 'cannot be used with', ''],
    [['list', '--home'], 'argument missing', ''],
    [['list', '--home', '/srv/agents'], '--home: the pattern /srv/agents has no *', 'write /srv/agents/*'],
    [['list', '--command', 'claude'], '--command needs homes', '--home'],
    [['pid', 'ada', '-o', 'json'], 'plumb pid has one format', ''],
    [['help', 'exit-code'], 'there is no command exit-code', ''],
  ])('%j ends with 2 and says what is wrong', async (args, message, hint) => {
    const { code, stdout, stderr } = await fleet.plumb(args);
    expect([code, stdout]).toEqual([2, '']);
    if (args.includes('json') || args.includes('--json')) {
      const { schema_version, error } = JSON.parse(stderr);
      expect([schema_version, error.code]).toEqual([1, 'usage']);
      expect(error.message).toContain(message);
    } else {
      expect(stderr).toMatch(/^plumb: .*\n {7}.*\n$/);
      expect(stderr).toContain(message);
    }
    expect(stderr).toContain(hint);
  });
});

describe('plumb help', () => {
  it('begins with examples, on stdout', async () => {
    for (const args of [['--help'], ['help'], ['-h']]) {
      const { code, stdout, stderr } = await fleet.plumb(args);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Examples:\n {2}plumb /);
      for (const command of ['list', 'show', 'pid', 'homes', 'record'])
        expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
  });

  it('has a topic for the exit codes, and one for each command', async () => {
    expect((await fleet.plumb(['help', 'exit-codes'])).stdout).toMatch(/^ {2}70 +a bug/m);
    expect((await fleet.plumb(['help', 'show'])).stdout).toContain('Usage: plumb show [options] <name>');
    expect((await fleet.plumb(['show', '--help'])).stdout).toContain('--home <pattern>');
  });

  it('knows the version of the package', async () => {
    const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
    expect(await fleet.plumb(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('plumb list -o json', () => {
  it('is one object with everything that the answer needs', async () => {
    const { code, stdout, stderr } = await fleet.plumb(['list', '--json', '--host-id', 'red', ...fleet.flags]);
    expect([code, stderr]).toEqual([0, '']);
    const answer = JSON.parse(stdout);
    expect(Object.keys(answer)).toEqual(['schema_version', 'observed_at', 'host', 'coverage', 'sessions']);
    expect(answer.observed_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(answer.host).toEqual({
      id: 'red',
      boot_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      booted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      pid_namespace: expect.stringMatching(/^\d+$/),
      time_namespace: expect.toSatisfy((it) => it === null || /^\d+$/.test(it)),
    });
    expect(answer.coverage).toEqual({
      source: expect.stringMatching(/^(?:procfs|bpf)$/),
      complete: expect.any(Boolean),
      reasons: expect.any(Array),
    });
    expect(answer.sessions).toEqual([
      expect.objectContaining({
        name: 'ada',
        home: fleet.path('agents/ada'),
        verdict: 'alive',
        start_time_ticks: expect.stringMatching(/^\d+$/),
        terminal: {
          name: expect.stringMatching(/^pts\/\d+$/),
          dev: expect.stringMatching(/^\d+$/),
          index: expect.any(Number),
        },
        detached: false,
        foreground: true,
        command: fleet.command,
        state: 'S',
        started_at: expect.stringMatching(/Z$/),
      }),
    ]);
  });

  it('has an empty array where there is nothing, and ends with 0', async () => {
    const { code, stdout } = await fleet.plumb(['list', '--json', '--home', fleet.path('nothing/*')]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).sessions).toEqual([]);
  });
});
