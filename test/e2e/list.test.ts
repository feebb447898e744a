import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Fleet } from './plumb.ts';

let fleet: Fleet;
let ada: number;
let odd: number;

beforeAll(async () => {
  fleet = new Fleet();
  ada = await fleet.start(fleet.home('ada'));
  odd = await fleet.start(fleet.home('o\tdd\n(deleted)'));
  fleet.home('empty');
});
afterAll(() => fleet.end());

describe('plumb list', () => {
  it('prints name, pid and cwd into a pipe, and nothing else', async () => {
    const { code, stdout, stderr } = await fleet.plumb(['list', ...fleet.flags]);
    const agents = fleet.path('agents');
    expect(stdout).toBe(`ada\t${ada}\t${agents}/ada\no\\tdd\\n(deleted)\t${odd}\t${agents}/o\\tdd\\n(deleted)\n`);
    expect(code).toBe(0);
    expect(stderr).not.toContain('next');
  });

  it('is a table on a terminal, and lines there with -o tsv', async () => {
    const { stdout, code } = await fleet.plumbOnTerminal(['list', ...fleet.flags, '--no-color']);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^NAME +PID +TTY +PANE +STATE +AGE +IDLE +COMMAND +CWD$/);
    expect(lines[1]).toMatch(
      new RegExp(
        `^ada +${ada} +pts/\\d+ +[-?] +sleeping +\\d+s +\\d+s +${fleet.command} +${fleet.path('agents/ada')}$`,
      ),
    );
    const tsv = await fleet.plumbOnTerminal(['list', ...fleet.flags, '-o', 'tsv', 'ada']);
    expect(tsv.stdout).toContain(`ada\t${ada}\t${fleet.path('agents/ada')}\n`);
  });

  it('shortens the directory on a narrow terminal only', async () => {
    const { stdout } = await fleet.plumbOnTerminal(['list', 'ada', ...fleet.flags, '--no-headings'], { columns: 66 });
    const line = stripColors(stdout.split('\n')[0] ?? '');
    expect(line).toMatch(/ ….*agents\/ada$/);
    expect(line).toHaveLength(66);
    const piped = await fleet.plumb(['list', 'ada', ...fleet.flags, '-o', 'table', '--no-headings']);
    expect(piped.stdout).toContain(fleet.path('agents/ada'));
  });

  it.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
  ])('on a terminal with %j has colours: %s', async (env, expected) => {
    const { stdout } = await fleet.plumbOnTerminal(['list', ...fleet.flags], { env });
    expect(stdout.includes('\x1b[')).toBe(expected);
  });

  it('has no colours in a pipe', async () => {
    expect((await fleet.plumb(['list', ...fleet.flags, '-o', 'table'])).stdout).not.toContain('\x1b');
  });

  it('takes names as they are and as they were printed', async () => {
    for (const name of ['o\tdd\n(deleted)', 'o\\tdd\\n(deleted)']) {
      const { code, stdout } = await fleet.plumb(['list', name, ...fleet.flags]);
      expect(code).toBe(0);
      expect(stdout.split('\t')[1]).toBe(String(odd));
    }
  });

  it('ends with 1 where a name has provably no session, with 3 where that is not sure', async () => {
    const answer = JSON.parse((await fleet.plumb(['list', '-o', 'json', ...fleet.flags])).stdout);
    const { code, stdout, stderr } = await fleet.plumb(['list', 'empty', 'ada', ...fleet.flags]);
    expect(code).toBe(answer.coverage.complete ? 1 : 3);
    expect(stdout).toMatch(/^ada\t\d+\t[^\n]*\n$/);
    expect(stderr).toContain('empty');
  });

  it('lists every terminal without any configuration, and warns of labels that are shared', async () => {
    const twins = new Fleet();
    onTestFinished(() => twins.end());
    const pids = [await twins.start(twins.home('twin')), await twins.start(twins.home('twin'))];
    const { code, stdout, stderr } = await twins.plumb(['list']);
    expect(code).toBe(0);
    for (const pid of pids) expect(stdout).toContain(`twin\t${pid}\t${twins.path('agents/twin')}\n`);
    expect(stderr.match(/several terminals share a label: .*twin \(2\)/g)).toHaveLength(1);
  });

  it('is what plumb alone does, which names the next command', async () => {
    const { code, stdout, stderr } = await fleet.plumb([]);
    expect(code).toBe(0);
    expect(stdout).toContain(`ada\t${ada}\t`);
    expect(stderr).toMatch(/^plumb: next: plumb show \S+, or plumb list --home/m);
  });

  it('warns of a pattern that matches nothing', async () => {
    const { code, stdout, stderr } = await fleet.plumb(['list', '--home', fleet.path('agent/*')]);
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(`no directory matches ${fleet.path('agent/*')}`);
  });

  it('takes a relative home from the current directory', async () => {
    const { stdout } = await fleet.plumb(['list', 'ada', '--home', './*', '--command', fleet.command], {
      cwd: fleet.path('agents'),
    });
    expect(stdout).toBe(`ada\t${ada}\t${fleet.path('agents/ada')}\n`);
  });
});

function stripColors(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out
  return text.replace(/\x1b\[[0-9;]*m/g, '');
}
