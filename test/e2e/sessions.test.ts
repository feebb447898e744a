/** The commands that answer about one session or one home, on real terminals. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet } from './plumb.ts';

let fleet: Fleet;
let ada: number;
let twins: number[];
let shell: number;
/** Where something of this machine cannot be seen, "no" cannot be proven. */
let no: 1 | 3;

beforeAll(async () => {
  fleet = new Fleet();
  ada = await fleet.start(fleet.home('ada'));
  const twin = fleet.home('twin one');
  twins = [await fleet.start(twin), await fleet.start(twin)];
  shell = await fleet.start(fleet.home('prompt'), '/bin/bash', ['--norc']);
  fleet.home('empty');
  const { stdout } = await fleet.plumb(['list', '-o', 'json', ...fleet.flags]);
  no = JSON.parse(stdout).coverage.complete ? 1 : 3;
});
afterAll(() => fleet.end());

describe('plumb pid', () => {
  it('prints the pid alone', async () => {
    expect(await fleet.plumb(['pid', 'ada', ...fleet.flags])).toEqual({ code: 0, stdout: `${ada}\n`, stderr: '' });
  });

  it('refuses an ambiguous home, and names the claimants', async () => {
    const { code, stdout, stderr } = await fleet.plumb([...fleet.flags, 'pid', 'twin one']);
    expect([code, stdout]).toEqual([1, '']);
    for (const pid of twins) expect(stderr).toContain(`${pid} (${fleet.command}) on pts/`);
    expect(stderr).toContain("plumb show 'twin one'");
  });

  it('refuses a label that several terminals share', async () => {
    const { code, stdout, stderr } = await fleet.plumb(['pid', 'twin one']);
    expect([code, stdout]).toEqual([1, '']);
    for (const pid of twins) expect(stderr).toContain(`${pid} on pts/`);
  });

  it.each(['empty', 'prompt'])('says no of %s', async (name) => {
    const { code, stdout, stderr } = await fleet.plumb(['pid', name, ...fleet.flags]);
    expect([code, stdout]).toEqual([no, '']);
    expect(stderr).toContain(`plumb show ${name} says what is there instead`);
  });

  it('proposes a name that is nearly so', async () => {
    const { code, stderr } = await fleet.plumb(['pid', 'adda', ...fleet.flags]);
    expect(code).toBe(1);
    expect(stderr).toBe('plumb: no home is called adda\n       did you mean ada?\n');
  });
});

describe('plumb show', () => {
  it('has a headline, then evidence that can be checked by hand', async () => {
    const { code, stdout } = await fleet.plumb(['show', 'ada', ...fleet.flags]);
    expect(code).toBe(0);
    // Behind the evidence stands what belongs to it (relations.test.ts).
    const facts = stdout.slice(0, stdout.search(/^processes: /m));
    const [headline, ...lines] = facts.trimEnd().split('\n');
    expect(headline).toMatch(new RegExp(`^ada is alive: pid ${ada} \\(${fleet.command}\\) on pts/\\d+ for \\d+s, in `));
    expect(lines.length).toBeGreaterThan(4);
    const activity = lines.findIndex((line) => line.startsWith('it seems idle: nothing moved in '));
    expect(activity).toBeGreaterThan(4);
    expect(lines.length).toBeGreaterThan(activity + 8);
    for (const line of lines.toSpliced(activity, 1)) expect(line).toMatch(/^ {2}\S/);
    for (const [, command] of facts.matchAll(/\$ (.*)$/gm)) {
      expect(await fleet.shell(command ?? '')).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringMatching(/./),
      });
    }
  });

  it('puts the commands on lines of their own where the terminal is narrow', async () => {
    const { stdout } = await fleet.plumbOnTerminal(['show', 'ada', ...fleet.flags], { columns: 80 });
    expect(stdout).toMatch(/^ {4}\$ grep -E '\^\(State\|Threads\)'/m);
  });

  it('shows every claimant of an ambiguous home, and ends with 1', async () => {
    const { code, stdout } = await fleet.plumb(['show', 'twin one', ...fleet.flags]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^twin one is ambiguous: 2 processes claim it\n/);
    for (const pid of twins) expect(stdout).toContain(`/proc/${pid}/cwd`);
  });

  it('says what is in a home instead of a session', async () => {
    const { code, stdout } = await fleet.plumb(['show', 'prompt', ...fleet.flags]);
    expect(code).toBe(no);
    expect(stdout).toContain('prompt has no session');
    expect(stdout).toMatch(new RegExp(`there is another program +${shell} \\(bash\\) on pts/\\d+: it runs bash`));
    expect(stdout).toContain(fleet.command);
    expect(stdout).toContain(`readlink /proc/${shell}/cwd`);
  });

  it('says what was looked at where there is nothing', async () => {
    const { stdout } = await fleet.plumb(['show', 'empty', ...fleet.flags]);
    expect(stdout).toContain('empty has no session: no process is in it\n');
    expect(stdout).toMatch(/the home +\S+\/agents\/empty is \d+:\d+ .*\$ stat -Lc %d:%i /);
  });

  it('shows all terminals that share a label', async () => {
    const { code, stdout } = await fleet.plumb(['show', 'twin one']);
    expect(code).toBe(0);
    expect(stdout.match(/^twin one is alive: pid/gm)).toHaveLength(2);
  });

  it('knows the home of a missing name', async () => {
    const { code, stdout, stderr } = await fleet.plumb(['show', 'zebra', ...fleet.flags]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('the configured homes are ada, empty, prompt, twin one');
  });

  it('says what a session seems to be doing, as an inference with its facts', async () => {
    const { stdout } = await fleet.plumb(['show', 'ada', ...fleet.flags, '--json']);
    const [session] = JSON.parse(stdout).sessions;
    expect(session.activity).toMatchObject({
      state: 'idle',
      reason: expect.stringMatching(/^nothing moved in \d+ ms$/),
      terminal_writes: 0,
      unread_bytes: 0,
      mode: { canonical: true, echo: true, isig: true },
      cpu_ns: '0',
      bytes_read: '0',
      frozen: false,
      children: [],
    });
    expect(session.activity.idle_seconds).toBeGreaterThanOrEqual(0);
    expect(session.activity.window_ms).toBeGreaterThanOrEqual(250);
    expect(Date.parse(session.last_output_at)).not.toBeNaN();
  });

  it('says of a session without a single process nothing that it does', async () => {
    const { stdout } = await fleet.plumb(['show', 'twin one', ...fleet.flags, '--json']);
    expect(JSON.parse(stdout).sessions).toMatchObject([{ verdict: 'ambiguous', activity: null }]);
  });

  it('answers in JSON too', async () => {
    const { code, stdout } = await fleet.plumb(['show', 'prompt', ...fleet.flags, '--json']);
    expect(code).toBe(no);
    const { sessions, homes } = JSON.parse(stdout);
    expect(sessions).toEqual([]);
    expect(homes).toEqual([expect.objectContaining({ name: 'prompt', pid: null, bystanders: [expect.anything()] })]);
  });
});

describe('plumb homes', () => {
  it('has a line for each home: its owner, or why there is none', async () => {
    // Beside other tests that start and end processes in storms a look says now and then that it has not seen everything.
    const rows = await waitFor('a look that is complete', async () => {
      const { code, stdout, stderr } = await fleet.plumb(['homes', ...fleet.flags]);
      expect(code).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      return stderr === '' && lines.map((line) => line.split('\t'));
    });
    expect(rows.map(([name]) => name)).toEqual(['ada', 'empty', 'prompt', 'twin one']);
    const place = [fleet.path('agents/ada'), expect.stringMatching(/^\d+:\d+$/)];
    expect(rows[0]).toEqual(['ada', ...place, 'alive', String(ada), 'it is the only claimant']);
    expect(rows[1]?.slice(3)).toEqual(['none', '', 'no process is in it']);
    expect(rows[2]?.[5]).toContain(`${shell} (bash): it runs bash`);
    expect(rows[3]?.slice(3)).toEqual(['ambiguous', '', expect.stringContaining('2 processes claim it')]);
  });

  it('is a table on a terminal', async () => {
    const { stdout } = await fleet.plumbOnTerminal(['homes', ...fleet.flags, '--no-color']);
    expect(stdout).toMatch(/^NAME +PATH +DEV:INO +OWNER\n/);
  });

  it('says how to configure homes where there are none', async () => {
    const { code, stdout, stderr } = await fleet.plumb(['homes']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('no homes are configured');
    expect(JSON.parse((await fleet.plumb(['homes', '--json'])).stdout).homes).toEqual([]);
  });
});
